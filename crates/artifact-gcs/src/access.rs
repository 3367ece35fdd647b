//! How a bucket is reached, and how patiently.

use std::{num::NonZeroU64, time::Duration};

use clap::{Args, Command, FromArgMatches};

/// How a bucket is reached, and how patiently. A folder needs none of it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Google Cloud Storage")]
pub struct Access {
    /// Seconds after which all of it is given up; what is there by then is kept.
    #[arg(
        long,
        env = "PERF_SCALE_BUCKET_DEADLINE",
        value_name = "SECONDS",
        default_value = "1800"
    )]
    deadline: NonZeroU64,
    /// Seconds without a byte after which a request is begun anew.
    #[arg(long, env = "PERF_SCALE_BUCKET_STALL", value_name = "SECONDS", default_value = "60")]
    stall: NonZeroU64,
    /// An emulator in place of Google's servers; no credentials are sent to it.
    #[arg(long, env = "STORAGE_EMULATOR_HOST", value_name = "URL")]
    emulator: Option<String>,
    /// Another address of Google's servers, as a private endpoint has; signed in as usual.
    #[arg(long, env = "PERF_SCALE_STORAGE_ENDPOINT", value_name = "URL")]
    storage_endpoint: Option<String>,
}

/// The server that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// An emulator at this address, which takes anybody.
    Emulator(String),
    /// Google's servers at this address.
    Google(String),
}

/// Where Google's servers are.
const GOOGLE: &str = "https://storage.googleapis.com";

/// Longest time that is waited for anything: more would be past the end of the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Access {
    /// What the environment says, for a program that has no flags of its own for it.
    ///
    /// # Errors
    /// A variable is not what it should be.
    pub fn from_env() -> Result<Self, clap::Error> {
        let command = Self::augment_args(Command::new("access"));
        Self::from_arg_matches(&command.try_get_matches_from(["access"])?)
    }

    /// Time that all of it may take.
    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline.get()).min(LONGEST)
    }

    /// Time without a byte after which a request is begun anew.
    pub(crate) fn stall(&self) -> Duration {
        Duration::from_secs(self.stall.get()).min(LONGEST)
    }

    /// The server that is asked.
    pub(crate) fn server(&self) -> Server {
        let text = |url: &Option<String>| url.clone().filter(|url| !url.is_empty());
        match (text(&self.emulator), text(&self.storage_endpoint)) {
            (Some(host), _) => Server::Emulator(url(&host)),
            (None, Some(endpoint)) => Server::Google(url(&endpoint)),
            (None, None) => Server::Google(GOOGLE.into()),
        }
    }
}

/// The variable of the emulator has no scheme in some tools' pages and has one in others'.
fn url(text: &str) -> String {
    let text = text.trim_end_matches('/');
    if text.contains("://") { text.into() } else { format!("http://{text}") }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        access: Access,
    }

    fn server(args: &[&str]) -> Server {
        Cli::parse_from([&["x"], args].concat()).access.server()
    }

    #[test]
    fn an_emulator_goes_before_an_endpoint_and_may_lack_its_scheme() {
        let emulator = Server::Emulator("http://127.0.0.1:4443".into());
        let endpoint = "https://storage-private.p.googleapis.com";

        assert_eq!(server(&["--emulator", "127.0.0.1:4443"]), emulator);
        let both = ["--emulator", "http://127.0.0.1:4443/", "--storage-endpoint", endpoint];
        assert_eq!(server(&both), emulator);
        assert_eq!(server(&["--storage-endpoint", endpoint]), Server::Google(endpoint.into()));
        assert_eq!(server(&[]), Server::Google(GOOGLE.into()));
    }
}
