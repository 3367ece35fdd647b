//! The fake: listens, and forgets its connections when it is dropped.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use crate::{
    admin,
    ask::ADDRESS,
    authority::{Authority, AuthorityError},
    boot::Booting,
    choose::Chooser,
    compute,
    connect::proxy,
    emulator::Emulator,
    log::{Log, Request},
    plan::FaultPlan,
    settings::{Settings, Storage},
    shared::Shared,
    world::World,
};

/// Why there is no fake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its folder could not be filled.
    #[error("failed to write `{path}`")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot listen.
    #[error("failed to listen on loopback")]
    Listen(#[source] io::Error),
    /// It has no certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The store cannot be there.
    #[error("`{0}` is no address of a store (hint: `http://127.0.0.1:4443`)")]
    Storage(String),
    /// A path or an image of the plan is no regular expression.
    #[error("the plan has a regular expression that is none")]
    Plan(#[from] regex::Error),
}

/// A cloud. It is gone, with its connections and what it booted, when it is dropped.
#[derive(Debug)]
pub struct FakeGce {
    shared: Arc<Shared>,
    address: SocketAddr,
    folder: PathBuf,
    accepting: JoinHandle<()>,
    booting: Option<Booting>,
}

impl FakeGce {
    /// Starts a fake on a free port of loopback.
    ///
    /// # Errors
    /// Its folder cannot be written, a setting is none, or it cannot listen.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings { folder, project, storage, plan, latency, boot } = settings;
        let written = |path: PathBuf| move |source| StartError::Write { path, source };
        fs::create_dir_all(&folder).map_err(written(folder.clone()))?;
        let folder = folder.canonicalize().map_err(written(folder.clone()))?;
        let authority = Authority::new()?;
        put(&ca_file(&folder), &authority.pem())?;
        put(&credentials_file(&folder), &credentials(&project).to_string())?;
        let requests = folder.join("requests.jsonl");
        let log = File::create(&requests).map_err(written(requests.clone()))?;
        let mut world = World::new(&project, latency);
        let emulator = match &storage {
            Storage::BuiltIn(buckets) => {
                for bucket in buckets {
                    world.objects.make(bucket);
                }
                None
            }
            Storage::Emulator(url) => {
                Some(Emulator::at(url).ok_or_else(|| StartError::Storage(url.clone()))?)
            }
        };
        let chooser = Chooser::new(&FaultPlan::default())?;
        let log = Log::new(Some(Box::new(log)));
        let shared = Arc::new(Shared::new(authority, log, emulator, world, chooser));
        admin::set_plan(&shared, plan)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        put(&folder.join(ADDRESS), &format!("http://{address}"))?;
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        let booting = boot.map(|program| Booting::start(shared.clone(), &folder, program));
        Ok(Self { shared, address, folder, accepting, booting })
    }

    /// What a child process is to have in its environment to be in this cloud.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        vec![
            ("HTTPS_PROXY".into(), self.url()),
            ("SSL_CERT_FILE".into(), text(self.ca_file())),
            ("GOOGLE_APPLICATION_CREDENTIALS".into(), text(credentials_file(&self.folder))),
        ]
    }

    /// The address of the proxy.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The certificate of its authority, in PEM.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        ca_file(&self.folder)
    }

    /// A client of this process that is in this cloud. It brings no token along: any does.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn client(&self) -> Result<reqwest::Client, reqwest::Error> {
        crate::client::client(&self.url(), self.shared.authority.pem().as_bytes())
    }

    /// Every resource there is, by its name in the ledger, in order.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        let mut world = self.shared.world();
        compute::settle(&mut world, Instant::now());
        world.names()
    }

    /// Puts a resource there as if somebody had made it: by its name in the ledger, a binding too, or
    /// `storage/<bucket>`. What has no such name is ignored.
    pub fn put(&self, name: &str, body: Value) {
        admin::put(&mut self.shared.world(), name, body);
    }

    /// Objects of a bucket that is in memory, in order.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> Vec<String> {
        let world = self.shared.world();
        let found = world.objects.list(bucket, "").map(|all| all.map(|(name, _)| name.clone()));
        found.map(Iterator::collect).unwrap_or_default()
    }

    /// Puts another plan in place; what its rules counted is forgotten. One whose regular
    /// expressions are none is ignored.
    pub fn set_plan(&self, plan: FaultPlan) {
        let _ = admin::set_plan(&self.shared, plan);
    }

    /// How many calls so far changed the cloud, or would have: Compute Engine, service accounts and
    /// policies, and no objects.
    #[must_use]
    pub fn mutations(&self) -> usize {
        self.shared.log.mutations()
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.requests()
    }

    /// Ends what it booted, and itself.
    pub async fn stop(mut self) {
        if let Some(booting) = self.booting.take() {
            booting.stop().await;
        }
    }
}

impl Drop for FakeGce {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn ca_file(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

fn credentials_file(folder: &Path) -> PathBuf {
    folder.join("credentials.json")
}

/// Credentials that are good for nothing but this: those of a person need no key.
fn credentials(project: &str) -> Value {
    json!({
        "type": "authorized_user",
        "client_id": "fake-gce",
        "client_secret": "fake-gce",
        "refresh_token": "fake-gce",
        "quota_project_id": project,
    })
}

fn put(path: &Path, text: &str) -> Result<(), StartError> {
    let mut file =
        File::create(path).map_err(|source| StartError::Write { path: path.to_owned(), source })?;
    file.write_all(text.as_bytes())
        .map_err(|source| StartError::Write { path: path.to_owned(), source })
}

/// Pause after a connection could not be accepted, so that a lack of descriptors is no busy loop.
const RECOVERY: Duration = Duration::from_millis(10);

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    sleep(RECOVERY).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let shared = shared.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| proxy(shared.clone(), request));
                    let serving = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades();
                    // An error is a cut, or a client that left.
                    let _ = serving.await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
