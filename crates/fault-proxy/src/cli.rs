//! The program: arguments in, a proxy until it is ended.

use std::{
    error::Error,
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, error::ErrorKind};
use tokio::signal::unix::{SignalKind, signal};

use crate::{emulator::Emulator, plan::Plan, proxy::Proxy};

/// Stands in front of an object store emulator and does to requests what networks and servers do.
///
/// It says where it listens on standard output, forwards everything, and ends with SIGINT or
/// SIGTERM. Without a plan it does no harm: then it only keeps resumable uploads as Google does,
/// which emulators do not.
#[derive(Debug, Parser)]
#[command(version, after_long_help = AFTER)]
struct Cli {
    /// The emulator that runs already, as `http://127.0.0.1:4443`.
    #[arg(long, value_name = "URL", required_unless_present = "emulator")]
    upstream: Option<String>,
    /// A fake-gcs-server to start, with objects in memory, in place of one that runs already.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "upstream")]
    emulator: Option<PathBuf>,
    /// Where to listen; port 0 is a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// File with the plan of faults, in JSON.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// The random plan of this seed, in place of a file.
    #[arg(long, value_name = "SEED", conflicts_with = "plan")]
    random: Option<u64>,
    /// Only print the plan.
    #[arg(long)]
    print_plan: bool,
    /// File that gets a line of JSON for each request.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

const AFTER: &str = r#"A plan is a list of rules; the first one that fires is the fault of a request:

  {"rules": [
    {"when": {"kind": "part", "often": {"nth": 1}}, "fault": {"cut-request": {"after": 300000}}},
    {"when": {"part": "manifest.json"}, "fault": {"answer": {"status": 503}}}
  ]}

when    kind    upload, begin, part, status (of a resumable upload), read, look, list, token, other
        method  as GET
        part    of path and query, decoded
        often   always, {"nth": 3}, {"first": 3}, {"every": 3}, {"chance": 0.1} of those that match
fault   {"answer": {"status": 429, "headers": {"retry-after": "1"}, "body": "..."}}
        lose-answer, hang, wrong-checksum, {"flip-byte": {"at": 9}}
        {"cut-request": {"after": BYTES}}, {"cut-answer": {"after": BYTES}}
        {"delay": {"ms": 100}}, {"throttle": {"bytes-per-second": 10000}}
        {"hold": {"answers": 3, "at-most-ms": 2000}}: until later answers went out
Beside the rules: "seed": 1 for chance, "pages": {"size": 2, "empty": true} for listings, and
"tokens": {"uses": 5}: requests need a token of `POST /token`, good for so many of them.

  fault-proxy --emulator fake-gcs-server --random 7 --log requests.jsonl
  STORAGE_EMULATOR_HOST=http://127.0.0.1:PORT your-client ..."#;

/// The `main` of the program; `args` begin with its name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    /// Exit code of what will not help again.
    const MISUSE: u8 = 2;
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(MISUSE) };
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
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

fn run(cli: Cli) -> Result<(), Box<dyn Error>> {
    let plan = match (&cli.plan, cli.random) {
        (Some(file), _) => {
            let said = |error: &dyn Error| format!("`{}`: {error}", file.display());
            let text = fs::read_to_string(file).map_err(|error| said(&error))?;
            serde_json::from_str(&text).map_err(|error| said(&error))?
        }
        (None, Some(seed)) => Plan::random(seed),
        (None, None) => Plan::default(),
    };
    let mut out = io::stdout();
    if cli.print_plan {
        writeln!(out, "{}", serde_json::to_string_pretty(&plan)?)?;
        return Ok(());
    }
    let emulator = cli.emulator.map(|program| Emulator::start(&program, None)).transpose()?;
    let upstream = emulator.as_ref().map(|emulator| emulator.url().to_owned()).or(cli.upstream);
    let log = cli.log.map(File::create).transpose()?;
    let log = log.map(|file| Box::new(file) as Box<dyn Write + Send>);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let upstream = upstream.unwrap_or_default();
        let proxy = Proxy::listen(cli.listen, &upstream, plan, log).await?;
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        writeln!(out, "{}", proxy.url())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
