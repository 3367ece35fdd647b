//! The plot of `cl2-runner`.

use std::{ffi::OsString, process::ExitCode};

use run_record::{Plan, PlannedTest};
use scenario::TestName;
use stage::Stage;

use crate::{error::Error, measure, monitor, record::Record, snapshot, test, verb::Verb};

const NAME: stage::Name = stage::Name {
    name: "cl2-runner",
    version: env!("CARGO_PKG_VERSION"),
    about: "Runs ClusterLoader2 for one test and keeps everything it measured.",
};

/// The `main` of the stage; `args` begin with the name of the program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    let plan = stage.run_dir.plan().map_err(Error::Plan)?;
    match verb {
        Verb::Monitor => monitor::monitor(stage, &plan).await.map(Record::Monitor),
        Verb::Run { test } => {
            test::run(stage, &plan, planned(&plan, &test)?).await.map(Record::Run)
        }
        Verb::Snapshot => snapshot::take(stage, &plan).await.map(Record::Snapshot),
        Verb::Measure { test } => measure::measure(&stage.run_dir, planned(&plan, &test)?)
            .map(Record::Measure)
            .map_err(Error::Write),
    }
}

fn planned<'p>(plan: &'p Plan, test: &TestName) -> Result<&'p PlannedTest, Error> {
    plan.test(test).ok_or_else(|| Error::UnknownTest {
        test: test.to_string(),
        known: plan.tests.iter().map(|one| one.test.test.to_string()).collect(),
    })
}
