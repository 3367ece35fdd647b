//! The plot of `cilium-install`.

use std::{ffi::OsString, process::ExitCode};

use run_record::Plan;
use scenario::{Cilium, Test, TestName};
use stage::Stage;

use crate::{
    error::Error, install::install, record::Record, reset::reset, sysdump::sysdump, verb::Verb,
    wait::wait, wait_images::wait_images,
};

const NAME: stage::Name = stage::Name {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
};

/// `main` of the stage, with `args` as the program got them.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    let plan = stage.run_dir.plan().map_err(Error::Plan)?;
    let cilium = asked(&plan)?;
    match verb {
        Verb::WaitImages => Ok(Record::Images(wait_images(stage, &plan, cilium).await?)),
        Verb::Install { test: None } => Ok(Record::Installed(install(stage, &plan, cilium).await?)),
        Verb::Install { test: Some(test) } => {
            planned(&plan, &test)?;
            let installed = install(stage, &plan, cilium).await?;
            Ok(Record::Reinstalled { installed, ready: wait(stage, &plan).await? })
        }
        Verb::Wait => Ok(Record::Ready(wait(stage, &plan).await?)),
        Verb::Reset { test } => {
            Ok(Record::Reset(reset(stage, &plan, planned(&plan, &test)?).await?))
        }
        Verb::Sysdump => Ok(Record::Sysdump(sysdump(stage).await?)),
    }
}

fn asked(plan: &Plan) -> Result<&Cilium, Error> {
    plan.scenario.cilium.as_ref().ok_or(Error::NoCilium)
}

fn planned<'p>(plan: &'p Plan, test: &TestName) -> Result<&'p Test, Error> {
    let planned = plan.test(test).map(|planned| &planned.test);
    planned.ok_or_else(|| Error::NoTest {
        test: test.clone(),
        has: plan.tests.iter().map(|one| one.test.test.as_str()).collect::<Vec<_>>().join(", "),
    })
}
