//! The plot of `infra-kops`.

use std::{ffi::OsString, process::ExitCode};

use stage::Stage;

use crate::{delete, error::Error, reap, record::Record, verb::Verb};

const NAME: stage::Name = stage::Name {
    name: "infra-kops",
    version: env!("CARGO_PKG_VERSION"),
    about: "Creates, checks and deletes a cluster on Google Compute Engine, by kops.",
};

/// The `main` of the stage; `args` begin with the name of the program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    let plan = match &verb {
        // It needs no run directory.
        Verb::Reap(args) => return Ok(Record::Reaped(reap::reap(stage, args).await?)),
        _ => stage.run_dir.plan()?,
    };
    let Some(on_kops) = &plan.kops else {
        return Err(Error::Provider { run_id: plan.run_id });
    };
    match verb {
        Verb::Create => Err(Error::Missing { verb: "create" }),
        Verb::Connect => Err(Error::Missing { verb: "connect" }),
        Verb::AddNodes => Err(Error::Missing { verb: "add-nodes" }),
        Verb::Validate => Err(Error::Missing { verb: "validate" }),
        Verb::Describe => Err(Error::Missing { verb: "describe" }),
        Verb::Delete => {
            delete::delete(stage, &plan, on_kops).await.map(Record::Deleted).map_err(|source| {
                Error::Delete { cluster: plan.cluster.clone(), source: Box::new(source) }
            })
        }
        Verb::Reap(_) => Err(Error::Missing { verb: "reap" }),
    }
}
