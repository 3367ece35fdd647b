//! The plot of `scale-ci run`: plan, then every step of the plan.

use std::{fs, io, path::PathBuf};

use jiff::Timestamp;
use plan::PlanArgs;
use run_record::{Claim, Outcome, Plan, RunDir};
use stage::{Cancel, Ended as End, Workflow, annotations};

use crate::{
    announce::announce,
    cli::RunArgs,
    dag::{self, Ended, Haste},
    death,
    display::Display,
    error::Error,
    output::{command, say, say_json},
    step,
    summary::Summary,
};

/// Runs the pipeline; the exit code says how it ended.
pub(crate) async fn run(args: &RunArgs, cancel: &Cancel) -> Result<u8, Error> {
    tokio::select! {
        code = pipeline(args, cancel) => code,
        never = announce(cancel) => match never {},
    }
}

async fn pipeline(args: &RunArgs, cancel: &Cancel) -> Result<u8, Error> {
    let run_dir = run_dir(args)?;
    match (&args.from, &args.plan) {
        (Some(_), _) => {}
        (None, Some(plan)) => plan_run(plan, &run_dir, cancel).await?,
        (None, None) => return Err(Error::Nothing),
    }
    let plan = run_dir.plan().map_err(Error::RunDir)?;
    let _claim = claim(&run_dir)?;
    mark_kept(args, &run_dir)?;
    let display = Display::new();
    Display::say(&format!("run {} in {}", plan.run_id, run_dir.root().display()));
    let ended = take_all(args, &plan, &run_dir, cancel, &display).await?;

    let mut summary = Summary::of(&plan, &run_dir, &ended);
    if cancel.is_asked() {
        summary.outcome = Outcome::Cancelled;
    }
    if args.json {
        say_json(&summary);
    } else {
        say(&summary.to_string());
    }
    for line in annotations(summary.notices(&Workflow::from_env())) {
        command(&line);
    }
    if args.keep {
        say(&kept(&run_dir));
    }
    Ok(match summary.outcome {
        Outcome::Cancelled if cancel.is_asked() => cancel.exit_code(),
        outcome => outcome.exit_code(),
    })
}

/// Takes the steps in order. A step that fails does not end the run: what depends on it is skipped.
async fn take_all(
    args: &RunArgs,
    plan: &Plan,
    run_dir: &RunDir,
    cancel: &Cancel,
    display: &Display,
) -> Result<Ended, Error> {
    let mut ended = earlier(args, plan, run_dir)?;
    // A run that is taken up again may have no cluster any more: what was seen of it stays.
    let gone = args.from.is_some() && run_dir.ledger().is_ok_and(|ledger| ledger.closed.is_some());
    for step in plan.steps.iter().skip(ended.len()) {
        if gone && dag::only_looks(step) {
            let record = run_dir.record(&step.stage, &step.verb, step.test.as_ref());
            let outcome = record.ok().flatten().map(|record| record.outcome);
            ended.insert(step.id.clone(), outcome);
            continue;
        }
        let kept = args.keep && step.verb == "delete";
        if kept || !dag::is_taken(step, &ended, haste(cancel)) {
            ended.insert(step.id.clone(), None);
            continue;
        }
        let line = display.begin(&step.title);
        let outcome = step::take(step, run_dir, &plan.run_id, cancel, &line).await;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // A teardown that is still to come must come, whatever kept this step from starting.
            Err(error) => {
                tracing::error!("{}", stage::chain(&error).join(": "));
                Outcome::Failed
            }
        };
        line.end(outcome);
        ended.insert(step.id.clone(), Some(outcome));
    }
    Ok(ended)
}

fn haste(cancel: &Cancel) -> Haste {
    match (cancel.is_hurried(), cancel.is_asked()) {
        (true, _) => Haste::Hurried,
        (false, true) => Haste::Cancelled,
        (false, false) => Haste::None,
    }
}

/// Takes the run directory for this process alone, and clears what a killed one left half written.
fn claim(run_dir: &RunDir) -> Result<Claim, Error> {
    let path = run_dir.root().to_owned();
    let system = |source| Error::System { path: path.clone(), source };
    let claim = run_dir.claim().map_err(system)?;
    let claim = claim.ok_or_else(|| Error::InUse { path: path.clone() })?;
    run_dir.tidy().map_err(system)?;
    Ok(claim)
}

/// What became of the steps before `--from`, by their records.
fn earlier(args: &RunArgs, plan: &Plan, run_dir: &RunDir) -> Result<Ended, Error> {
    let Some(from) = &args.from else { return Ok(Ended::new()) };
    let at = plan.steps.iter().position(|step| &step.id == from).ok_or_else(|| Error::NoStep {
        name: from.clone(),
        known: plan.steps.iter().map(|step| step.id.clone()).collect(),
    })?;
    let mut ended = Ended::new();
    for step in &plan.steps[..at] {
        let record = run_dir.record(&step.stage, &step.verb, step.test.as_ref());
        let record = record.map_err(Error::RunDir)?;
        let outcome = record.map(|record| record.outcome);
        // A step that was killed left no record, but what it did is there to be kept.
        let killed = plan.steps[at].needs.contains(&step.id).then_some(Outcome::Failed);
        ended.insert(step.id.clone(), outcome.or(killed));
    }
    Ok(ended)
}

/// Plans the run in a process of its own, as every step.
async fn plan_run(args: &PlanArgs, run_dir: &RunDir, cancel: &Cancel) -> Result<(), Error> {
    let start = |source| Error::Start { step: "plan".into(), source };
    let finished = step::myself()
        .map_err(start)?
        .args(["stage", "plan", "plan"])
        .args(args.to_args())
        .arg("--run-dir")
        .arg(run_dir.root())
        .cancel(cancel)
        .on_line(Display::say)
        .finish()
        .await
        .map_err(start)?;
    match finished.ended {
        End::Exited(status) if status.success() => Ok(()),
        End::Exited(status) if let Some(code) = status.code() => {
            Err(Error::Plan(Outcome::from_exit_code(code)))
        }
        ended => Err(Error::Plan(death::word(ended))),
    }
}

/// The run directory that was asked for, or a new one under `runs/`.
fn run_dir(args: &RunArgs) -> Result<RunDir, Error> {
    let path = match (&args.run_dir, &args.plan) {
        (Some(path), _) => path.clone(),
        (None, Some(plan)) => {
            let stem = plan.scenario.file_stem().unwrap_or_default().to_string_lossy();
            let time = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
            // Two runs begun in one second are told apart by their process.
            PathBuf::from(format!("runs/{stem}-{time}-{}", std::process::id()))
        }
        (None, None) => return Err(Error::Nothing),
    };
    let path = std::path::absolute(&path).map_err(|source| Error::System { path, source })?;
    Ok(RunDir::new(path))
}

/// Says in the run directory whether the cluster is to outlive the run.
fn mark_kept(args: &RunArgs, run_dir: &RunDir) -> Result<(), Error> {
    let path = run_dir.kept_path();
    let done = if args.keep {
        fs::write(&path, "")
    } else {
        fs::remove_file(&path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
    };
    done.map_err(|source| Error::System { path, source })
}

/// How a cluster that was left can be used and removed.
fn kept(run_dir: &RunDir) -> String {
    let root = run_dir.root().display();
    format!(
        "\nThe cluster is left as it is.\n\
         use it     export KUBECONFIG={}\n\
         look at it scale-ci stage infra-kwok describe --run-dir {root}\n\
         remove it  scale-ci stage infra-kwok delete --run-dir {root}",
        run_dir.kubeconfig().display()
    )
}
