//! `main` of `scale-ci`: which of its verbs, and the exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;
use run_record::Outcome;
use stage::{Cancel, Reason, chain};

use crate::{
    cli::{Cli, Verb},
    error::Error,
    run, stages, tools,
};

/// The `main` of the program; `args` begin with its name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    // A stage reads its own arguments: `--help` behind its name is the stage's help.
    if args.get(1).is_some_and(|word| word == "stage")
        && let Some(code) = stages::main(args[2..].to_vec())
    {
        return code;
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return stage::usage(&error),
    };
    stage::log_to_stderr();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("failed to start: {error}");
            return ExitCode::from(Outcome::Failed.exit_code());
        }
    };
    let code = runtime.block_on(async {
        let cancel = match Cancel::on_signals() {
            Ok(cancel) => cancel,
            Err(error) => {
                tracing::error!("failed to listen to signals: {error}");
                return Outcome::Failed.exit_code();
            }
        };
        match act(cli.verb, &cancel).await {
            Ok(code) => code,
            Err(error) => {
                tracing::error!("{}", chain(&error).join(": "));
                match error.outcome() {
                    Outcome::Cancelled | Outcome::Failed if cancel.is_asked() => cancel.exit_code(),
                    outcome => outcome.exit_code(),
                }
            }
        }
    });
    runtime.shutdown_background();
    ExitCode::from(code)
}

async fn act(verb: Verb, cancel: &Cancel) -> Result<u8, Error> {
    match verb {
        Verb::Run(args) => run::run(&args, cancel).await,
        Verb::Tools(args) => tools::tools(&args, cancel).await,
        Verb::Stage { args } => {
            let name = args.first().map(|name| name.to_string_lossy().into_owned());
            Err(Error::NoStage { name: name.unwrap_or_default() })
        }
    }
}
