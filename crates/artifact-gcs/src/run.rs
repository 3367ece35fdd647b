//! The plot of `artifact-gcs`.

use std::{ffi::OsString, process::ExitCode, time::Duration};

use run_record::{Plan, PlannedTest};
use scenario::TestName;
use stage::Stage;

use crate::{
    access::Access,
    bucket, build,
    error::Error,
    export::export,
    fetch::fetch,
    list::list,
    record::{Exported, Record},
    turn::take_turn,
    verb::{Verb, What},
};

const NAME: stage::Name = stage::Name {
    name: "artifact-gcs",
    version: env!("CARGO_PKG_VERSION"),
    about: "Exports the files of a run in perfdash's layout and fetches baselines.",
};

/// The `main` of the stage; `args` begin with the name of the program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    match verb {
        Verb::Export { what, bucket, access } => {
            export_build(&what, bucket, &access, stage).await.map(Record::Exported)
        }
        Verb::Fetch { test, access } => {
            let plan = plan(stage)?;
            let fetching = fetch(&stage.run_dir, &plan, planned(&plan, &test)?, &access);
            let fetched = stage.cancel.guard(fetching).await;
            fetched.unwrap_or(Err(Error::Cancelled)).map(Record::Fetched)
        }
        Verb::List { jobs, bucket, access } => {
            let (bucket, jobs) = match bucket {
                Some(bucket) if !jobs.is_empty() => (bucket, jobs),
                bucket => {
                    let plan = plan(stage)?;
                    let jobs = if jobs.is_empty() { build::jobs(&plan) } else { jobs };
                    (bucket.unwrap_or(plan.bucket), jobs)
                }
            };
            let listed = stage.cancel.guard(list(&bucket, &jobs, 0, &access)).await;
            listed.unwrap_or(Err(Error::Cancelled)).map(Record::Listed)
        }
    }
}

/// Longest time for ending what is being written: a part of a file is written in milliseconds.
const STOP: Duration = Duration::from_millis(500);

/// Exports one build. The first cancel is ignored: a cancelled run keeps its results too.
async fn export_build(
    what: &What,
    bucket: Option<String>,
    access: &Access,
    stage: &Stage,
) -> Result<Exported, Error> {
    let plan = plan(stage)?;
    let test = what.test.as_ref().map(|test| planned(&plan, test)).transpose()?.cloned();
    let store =
        bucket::open(bucket.as_ref().unwrap_or(&plan.bucket), access).map_err(Error::Address)?;
    let exporting = async {
        let _turn = take_turn(&stage.run_dir, access.deadline()).await.map_err(Error::Turn)?;
        let (card, contents) = build::gather(&stage.run_dir, &plan, test.as_ref()).await?;
        export(&*store, card, contents).await
    };
    tokio::pin!(exporting);
    let mut exported = tokio::select! {
        exported = &mut exporting => exported?,
        () = stage.cancel.hurried() => {
            store.stop();
            let _ = tokio::time::timeout(STOP, exporting).await;
            return Err(Error::Cancelled);
        }
    };
    exported.tell(&stage.workflow).map_err(Error::Output)?;
    Ok(exported)
}

fn plan(stage: &Stage) -> Result<Plan, Error> {
    stage.run_dir.plan().map_err(Error::Plan)
}

fn planned<'p>(plan: &'p Plan, test: &TestName) -> Result<&'p PlannedTest, Error> {
    plan.test(test).ok_or_else(|| {
        let known: Vec<&str> = plan.tests.iter().map(|test| test.test.test.as_str()).collect();
        Error::Test { test: test.to_string(), known: known.join(", ") }
    })
}
