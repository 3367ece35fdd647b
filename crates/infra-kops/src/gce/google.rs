//! The one client that speaks to Google Cloud: signed in, patient by class, with a deadline.

use std::{sync::Mutex, time::Duration};

use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials};
use http::{Extensions, HeaderMap, Method};
use jiff::Timestamp;
use rand::RngExt;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::{
    answer::{Answer, Failure, read},
    trouble::Trouble,
};

/// Longest time that signing in may take. Where there are no credentials, a server of Google's own
/// machines is asked for them, which nobody else ever hears of.
const SIGN_IN: Duration = Duration::from_secs(20);

/// What an error says that was met before anything was asked.
const SIGNING_IN: &str = "sign in to Google Cloud";

/// Time without an answer after which a request is lost. Waiting for an operation takes up to two
/// minutes, by Google's own rule.
const PATIENCE: Duration = Duration::from_secs(150);

/// Overrides [`PATIENCE`], in seconds.
const PATIENCE_VARIABLE: &str = "PERF_SCALE_GCE_PATIENCE";

/// Why a call did not go well.
#[derive(Debug, thiserror::Error)]
#[error("failed to {what}: {}; Google said: {said}", trouble.words())]
pub struct CallError {
    /// What was to be done.
    pub what: String,
    /// What it means.
    pub trouble: Trouble,
    /// What was said.
    pub said: String,
    /// Attempts: what is refused the second time may have been done the first.
    pub attempts: u32,
}

impl CallError {
    /// What `failure` means for whoever wanted to do `what`.
    pub(super) fn of(what: &str, failure: Failure) -> Self {
        Self { what: what.into(), trouble: failure.trouble, said: failure.said, attempts: 1 }
    }

    /// Whether an earlier attempt, whose answer was lost, may have done it.
    pub(super) fn is_done_maybe(&self) -> bool {
        self.attempts > 1 && matches!(self.trouble, Trouble::There | Trouble::Changed)
    }
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Request<'r> {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) query: Vec<(&'r str, String)>,
    pub(super) body: Option<&'r Value>,
    /// Whether the answer is text, whatever is in it.
    pub(super) text: bool,
}

impl<'r> Request<'r> {
    pub(super) fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), query: Vec::new(), body: None, text: false }
    }

    pub(super) fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub(super) fn query(mut self, name: &'r str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// The answer is text, whatever is in it.
    pub(super) fn text(mut self) -> Self {
        self.text = true;
        self
    }

    pub(super) fn body(mut self, body: &'r Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// Google Cloud, signed in, for one project.
#[derive(Debug)]
pub(crate) struct Google {
    /// The project.
    pub(crate) project: String,
    http: reqwest::Client,
    credentials: Credentials,
    patience: Duration,
    end: Instant,
    clock: Mutex<Option<(Timestamp, Instant)>>,
}

impl Google {
    /// Signs in; everything that is asked of it is given up after `limit`.
    pub(crate) async fn sign_in(project: &str, limit: Duration) -> Result<Self, CallError> {
        let fail =
            |said: String| CallError::of(SIGNING_IN, Failure::new(Trouble::Credential, said));
        let http = stage::http_client().build().map_err(|error| fail(words(&error)))?;
        let credentials = Builder::default()
            .with_scopes(["https://www.googleapis.com/auth/cloud-platform"])
            .build()
            .map_err(|error| fail(words(&error)))?;
        let patience = std::env::var(PATIENCE_VARIABLE).ok().and_then(|text| text.parse().ok());
        let google = Self {
            project: project.into(),
            http,
            credentials,
            patience: patience.map_or(PATIENCE, Duration::from_secs),
            end: Instant::now() + limit,
            clock: Mutex::new(None),
        };
        google.patiently(SIGNING_IN, async || google.headers().await).await?;
        Ok(google)
    }

    /// The time by Google's clock: that of this machine may be wrong. None before the first answer.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        let (date, at) = (*self.clock.lock().ok()?)?;
        date.checked_add(at.elapsed()).ok()
    }

    /// Does `what`, as often as its trouble is worth.
    pub(super) async fn call(&self, what: &str, request: Request<'_>) -> Result<Answer, CallError> {
        self.patiently(what, async || self.once(&request).await).await
    }

    async fn patiently<T>(
        &self,
        what: &str,
        work: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let mut failures: u32 = 0;
        loop {
            let failure = match work().await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            failures += 1;
            let rule = failure.trouble.rule();
            let step = rule.first.saturating_mul(1u32 << (failures - 1).min(16));
            let pause = step.min(rule.longest).mul_f64(rand::rng().random_range(0.5..=1.0));
            let pause = pause.max(failure.after);
            if failures >= rule.attempts || Instant::now() + pause >= self.end {
                return Err(CallError { attempts: failures, ..CallError::of(what, failure) });
            }
            let said = &failure.said;
            tracing::warn!("attempt {failures} of {} to {what}: {said}", rule.attempts);
            sleep(pause).await;
        }
    }

    async fn once(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let late = || Failure::new(Trouble::Late, "there is no time left");
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        let mut call = self.http.request(request.method.clone(), &request.url);
        call = call.query(&request.query).headers(self.headers().await?);
        call = match request.body {
            Some(body) => call.json(body),
            // Google refuses a request that may have a body and does not say that it has none.
            None if request.method == Method::POST => call.body(Vec::new()),
            None => call,
        };
        let asking = async {
            let answer = call.send().await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        };
        let (status, headers, body) = match timeout(self.patience.min(left), asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_builder() => {
                return Err(Failure::new(Trouble::Refused, words(&error)));
            }
            Ok(Err(error)) => return Err(Failure::new(Trouble::Lost, words(&error))),
            Err(_) if left <= self.patience => return Err(late()),
            Err(_) => {
                let said = format!("no answer in {} s", self.patience.as_secs());
                return Err(Failure::new(Trouble::Lost, said));
            }
        };
        let answer = read(status, &headers, &body, request.text)?;
        if let (Some(date), Ok(mut clock)) = (answer.date, self.clock.lock()) {
            *clock = Some((date, Instant::now()));
        }
        Ok(answer)
    }

    async fn headers(&self) -> Result<HeaderMap, Failure> {
        let signing = self.credentials.headers(Extensions::new());
        match timeout(SIGN_IN, signing).await {
            Ok(Ok(CacheableResource::New { data, .. })) => Ok(data),
            // Only who names what it has is told that nothing is new.
            Ok(Ok(CacheableResource::NotModified)) => Ok(HeaderMap::new()),
            // The server of tokens may be busy as any other.
            Ok(Err(error)) if error.is_transient() => {
                Err(Failure::new(Trouble::Lost, words(&error)))
            }
            Ok(Err(error)) => Err(Failure::new(Trouble::Credential, words(&error))),
            Err(_) => Err(Failure::new(Trouble::Credential, "nobody here gives out credentials")),
        }
    }
}

/// What lies under an error: the layers above it repeat the address.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    stage::redact(&stage::chain(error).join(": ")).into_owned()
}
