//! The program: arguments in, a cloud until it is ended; or a question to one that runs.

use std::{
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, error::ErrorKind};
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    ask::ask,
    fake::FakeGce,
    plan::FaultPlan,
    settings::{Settings, Storage},
};

/// Plays Google Compute Engine to an unmodified kops, and does to it what clouds do.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run a cloud until SIGINT or SIGTERM.
    ///
    /// When it is ready it prints one line of JSON: `environment` is what a program needs to be in
    /// it, `address` where the other verbs ask.
    #[command(after_long_help = PLAN)]
    Serve(Serve),
    /// Print every resource there is, one a line; exit with 3 if there is any.
    Left(Folder),
    /// Print every request so far, as lines of JSON.
    Requests(Folder),
    /// Print how many calls changed the cloud so far, or would have.
    Mutations(Folder),
    /// Put another plan of faults in place: a file, or `-` for standard input.
    Plan {
        #[command(flatten)]
        folder: Folder,
        /// The plan, in JSON.
        plan: PathBuf,
    },
    /// Put a resource there as if somebody had made it.
    Put {
        #[command(flatten)]
        folder: Folder,
        /// Its name, as `us-west1/backendServices/x`.
        name: String,
        /// More of it, in JSON.
        #[arg(default_value = "{}")]
        body: String,
    },
}

#[derive(Debug, Args)]
struct Folder {
    /// Folder of the cloud.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Debug, Args)]
struct Serve {
    /// Folder for certificate, credentials and log; made if it is not there.
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// The one project there is.
    #[arg(long, default_value = "test-project")]
    project: String,
    /// A fake-gcs-server that runs, as `http://127.0.0.1:4443`, in place of buckets in memory.
    #[arg(long, value_name = "URL")]
    storage: Option<String>,
    /// Buckets there are, in memory.
    #[arg(long, value_name = "NAME", conflicts_with = "storage")]
    bucket: Vec<String>,
    /// File with the plan of faults, in JSON.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The random plan of this seed, in place of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "plan")]
    random: Option<u64>,
    /// How long operations take, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Program that boots a control plane.
    #[arg(long, value_name = "PROGRAM")]
    boot: Option<PathBuf>,
}

const PLAN: &str = r#"A plan says what goes wrong; the first rule that fires decides:

  {"rules": [
    {"when": {"class": "mutation", "often": {"nth": 7}}, "fault": "cut-after"},
    {"when": {"method": "POST", "path": "/networks$"}, "fault": {"answer": {"status": 429}}}
  ], "stock-out": ["us-west1-a"]}

when    class   mutation (of the cloud), object (of a bucket), read
        method, host, path (a regular expression)
        often   always, {"nth": 3}, {"first": 3}, {"from": 3}, {"chance": 0.1}
fault   {"answer": {"status": 403, "reason": "quotaExceeded", "message": "...", "retry-after": 1}}
        {"operation": {"code": "ZONE_RESOURCE_POOL_EXHAUSTED"}}
        hang, cut-before, cut-after, {"delay": {"ms": 100}}
        {"signal": {"pid-file": "...", "signal": "SIGKILL", "at": "before"}}
Beside the rules: "seed": 1, "stock-out": [ZONE], "quotas": {"us-west1": {"CPUS": 8}, "global":
{"NETWORKS": 5}}, "never-boots": {"first": 1} or {"named": "x"}, "missing-images": [REGEX],
"expired-credential": true."#;

/// Exit code of what will not help again.
const MISUSE: u8 = 2;

/// Exit code of `left` when something is.
const LEFT: u8 = 3;

/// The `main` of the program; `args` begin with its name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(MISUSE) };
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(cli.verb)));
    match done {
        Ok(code) => code,
        Err(error) => {
            let mut said = error.to_string();
            let mut cause = error.source();
            while let Some(error) = cause {
                said = format!("{said}: {error}");
                cause = error.source();
            }
            let _ = writeln!(io::stderr(), "{said}");
            ExitCode::FAILURE
        }
    }
}

async fn run(verb: Verb) -> Result<ExitCode, Box<dyn Error>> {
    let mut out = io::stdout();
    match verb {
        Verb::Serve(serve) => self::serve(serve).await?,
        Verb::Left(of) => {
            let left = ask(&of.folder, "GET", "resources", None).await?;
            let left = left.as_array().cloned().unwrap_or_default();
            for name in &left {
                writeln!(out, "{}", name.as_str().unwrap_or_default())?;
            }
            if !left.is_empty() {
                return Ok(ExitCode::from(LEFT));
            }
        }
        Verb::Requests(of) => {
            let requests = ask(&of.folder, "GET", "requests", None).await?;
            for request in requests.as_array().into_iter().flatten() {
                writeln!(out, "{request}")?;
            }
        }
        Verb::Mutations(of) => {
            writeln!(out, "{}", ask(&of.folder, "GET", "mutations", None).await?)?;
        }
        Verb::Plan { folder, plan } => {
            let text = read(&plan)?;
            ask(&folder.folder, "PUT", "plan", Some(text)).await?;
        }
        Verb::Put { folder, name, body } => {
            ask(&folder.folder, "PUT", &format!("resources/{name}"), Some(body)).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() != "-" {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

async fn serve(serve: Serve) -> Result<(), Box<dyn Error>> {
    let plan = match (&serve.plan, serve.random) {
        (Some(file), _) => {
            let said = |error: &dyn Error| format!("`{}`: {error}", file.display());
            let text = fs::read_to_string(file).map_err(|error| said(&error))?;
            serde_json::from_str(&text).map_err(|error| said(&error))?
        }
        (None, Some(seed)) => FaultPlan::random(seed),
        (None, None) => FaultPlan::default(),
    };
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let storage = match serve.storage {
        Some(url) => Storage::Emulator(url),
        None => Storage::BuiltIn(serve.bucket),
    };
    let fake = FakeGce::start(Settings {
        folder: serve.folder,
        project: serve.project,
        storage,
        plan,
        latency: Duration::from_millis(serve.latency),
        boot: serve.boot,
    })
    .await?;
    let environment: Map<String, Value> =
        fake.environment().into_iter().map(|(name, value)| (name, value.into())).collect();
    writeln!(io::stdout(), "{}", json!({ "address": fake.url(), "environment": environment }))?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    fake.stop().await;
    Ok(())
}
