//! `main` of every stage: arguments in, record and exit code out.

use std::{
    error::Error,
    ffi::OsString,
    fmt::{Debug, Display},
    io::Write,
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

use clap::{Arg, ArgAction, ArgMatches, Command, Subcommand};
use jiff::Timestamp;
use run_record::{Attempt, Class, Format, Outcome, Record, RunDir, write_json};
use scenario::TestName;
use serde::Serialize;

use crate::{
    bad_input::is_bad_input,
    cancel::Cancel,
    exit::{Reason, chain},
    log, parent,
    stage::Stage,
    toolbox::Toolbox,
    workflow::{Workflow, annotations},
};

/// What a stage can be told to do.
pub trait Verb: Subcommand + Debug {
    /// The test it is to be done for.
    fn test(&self) -> Option<&TestName> {
        None
    }

    /// Whether it leaves a record: what only looks does not.
    fn is_recorded(&self) -> bool {
        true
    }

    /// Whether it makes the run directory, in place of needing one.
    fn makes_run_dir(&self) -> bool {
        false
    }

    /// Whether it refuses a run directory that holds files of another run: what removes does not.
    fn minds_other_runs(&self) -> bool {
        !self.makes_run_dir()
    }
}

/// Names a stage and its version.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// Name of the stage.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One sentence on what it does.
    pub about: &'static str,
}

/// Runs the stage with `args`, whose first one is the name of the program: the `main` of every stage.
pub fn main<V, R, E>(
    name: Name,
    args: impl IntoIterator<Item = OsString>,
    run: impl AsyncFnOnce(V, &Stage) -> Result<R, E>,
) -> ExitCode
where
    V: Verb,
    R: Serialize + Display + Reason,
    E: Error + Reason + 'static,
{
    let matches = match command::<V>(name).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    log::log_to_stderr();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("failed to start: {error}");
            return ExitCode::from(Outcome::Failed.exit_code());
        }
    };
    let code = runtime.block_on(take(name, &matches, run));
    // A reader of a pipe that never ends must not hold the program.
    runtime.shutdown_background();
    ExitCode::from(code)
}

fn command<V: Verb>(name: Name) -> Command {
    let command = Command::new(name.name)
        .version(name.version)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("run-dir")
                .long("run-dir")
                .global(true)
                .default_value("run")
                .value_name("DIR")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Directory of the run, as `plan` made it"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("Print JSON in place of a table"),
        )
        .after_help(EXITS);
    // The derived part brings the caption of its type along, which says less.
    V::augment_subcommands(command).about(name.about)
}

/// Shown under every `--help`.
const EXITS: &str = "Exit codes: 0 done, 1 failed (again may help), 2 misuse (again will not), \
    10 regressed, 11 inconclusive, 12 infrastructure, 13 timed out, 130/143 cancelled.";

async fn take<V, R, E>(
    name: Name,
    matches: &ArgMatches,
    run: impl AsyncFnOnce(V, &Stage) -> Result<R, E>,
) -> u8
where
    V: Verb,
    R: Serialize + Display + Reason,
    E: Error + Reason + 'static,
{
    let verb = match V::from_arg_matches(matches) {
        Ok(verb) => verb,
        Err(error) => {
            tracing::error!("{error}");
            return Outcome::Misuse.exit_code();
        }
    };
    let word = matches.subcommand_name().unwrap_or_default().to_owned();
    let stage = match stage(matches) {
        Ok(stage) => stage,
        Err(error) => {
            tracing::error!("failed to start: {error}");
            return Outcome::Failed.exit_code();
        }
    };
    let root = stage.run_dir.root().display().to_string();
    if !verb.makes_run_dir() && !stage.run_dir.plan_path().is_file() {
        tracing::error!(
            "`{root}` is no run directory: it holds no plan.json (hint: `plan plan SCENARIO --run-dir {root}` makes one)"
        );
        return Outcome::Misuse.exit_code();
    }
    if let Err(faults) = stage.toolbox.check() {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        tracing::error!("{}", faults.join("\n"));
        return Outcome::Misuse.exit_code();
    }
    let recorded = verb.is_recorded();
    let test = verb.test().cloned();
    if verb.minds_other_runs()
        && let Some(foreign) = stage.run_dir.foreign()
    {
        tracing::error!("{foreign}");
        return Outcome::Misuse.exit_code();
    }
    let started = Timestamp::now();
    let clock = Instant::now();
    let result = run(verb, &stage).await;
    let cancelled = stage.cancel.is_asked();
    let kept = match &result {
        Ok(found) => found.is_kept(),
        Err(error) => error.is_kept(),
    };
    let (mut outcome, class, errors, facts) = match &result {
        Ok(found) => (
            found.outcome(),
            found.class(),
            Vec::new(),
            found.facts().or_else(|| serde_json::to_value(found).ok()).unwrap_or_default(),
        ),
        Err(error) => {
            let (outcome, class) = match error.outcome() {
                Outcome::Failed if is_bad_input(error) => (Outcome::Misuse, Some(Class::Input)),
                outcome => blame(outcome, error.class(), cancelled),
            };
            (outcome, class, chain(error), serde_json::Value::Null)
        }
    };
    if recorded && kept && stage.run_dir.root().is_dir() {
        let path = stage.run_dir.record_path(name.name, &word, test.as_ref());
        let record = Record {
            format: Format,
            run_id: stage.run_dir.run_id(),
            stage: name.name.into(),
            verb: word.clone(),
            test: test.clone(),
            version: name.version.into(),
            outcome,
            class,
            started,
            // The clock of the day may jump while a step is taken.
            ended: started.checked_add(clock.elapsed()).unwrap_or(started),
            attempts: earlier(&stage.run_dir, name.name, &word, test.as_ref()),
            tools: stage.toolbox.used(),
            errors: errors.clone(),
            facts,
        };
        if let Err(error) = write_json(&path, &record) {
            tracing::error!("{}", chain(&error).join(": "));
            // Nobody will know what was done: that is not done.
            if outcome == Outcome::Done {
                outcome = if is_bad_input(&error) { Outcome::Misuse } else { Outcome::Failed };
            }
        }
    }
    match result {
        Ok(found) => print(&found, matches.get_flag("json")),
        Err(_) => {
            let text = errors.join(": ");
            tracing::error!("{text}");
            write(stage.workflow.error(&text));
        }
    }
    match outcome {
        Outcome::Cancelled => stage.cancel.exit_code(),
        outcome => outcome.exit_code(),
    }
}

fn stage(matches: &ArgMatches) -> std::io::Result<Stage> {
    let cancel = Cancel::on_signals()?;
    parent::follow(&cancel)?;
    let root = matches.get_one::<PathBuf>("run-dir").cloned().unwrap_or_else(|| "run".into());
    Ok(Stage {
        // Programs run in folders of their own, so a relative path would be wrong there.
        run_dir: RunDir::new(std::path::absolute(root)?),
        toolbox: Toolbox::from_env(&cancel),
        cancel,
        workflow: Workflow::from_env(),
    })
}

/// A failure after a cancel is the cancel's, unless something is left behind.
fn blame(outcome: Outcome, class: Option<Class>, cancelled: bool) -> (Outcome, Option<Class>) {
    match (outcome, class) {
        (_, Some(Class::LeftBehind)) => (outcome, class),
        (Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled, _) if cancelled => {
            (Outcome::Cancelled, Some(Class::Cancel))
        }
        other => other,
    }
}

/// The attempts at this step before this one.
fn earlier(run_dir: &RunDir, stage: &str, verb: &str, test: Option<&TestName>) -> Vec<Attempt> {
    let Ok(Some(last)) = run_dir.record(stage, verb, test) else { return Vec::new() };
    let mut attempts = last.attempts;
    attempts.push(Attempt { outcome: last.outcome, started: last.started, ended: last.ended });
    attempts
}

fn print<R: Serialize + Display + Reason>(found: &R, json: bool) {
    let text = if json {
        let value = serde_json::to_value(found).unwrap_or_default();
        serde_json::to_string_pretty(&redaction::redact_json(value)).unwrap_or_default()
    } else {
        redaction::redact(&found.to_string()).into_owned()
    };
    if !text.is_empty() {
        write(Some(text));
    }
    if !json {
        annotations(found.notices()).into_iter().for_each(|line| write(Some(line)));
    }
}

/// Writes to stdout what was made for it; a reader who went away is no fault.
fn write(text: Option<String>) {
    if let Some(text) = text {
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }
}

/// Says what is wrong with the arguments, or helps: the code to end with.
pub fn usage(error: &clap::Error) -> ExitCode {
    // `--help` and `--version` are such errors too, and end well.
    if error.use_stderr() {
        // It quotes what was given.
        let _ = write!(std::io::stderr(), "{}", redaction::redact(&error.to_string()));
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Outcome::Misuse.exit_code()))
}
