//! The plot of `infra-kops`.

use std::{ffi::OsString, process::ExitCode};

use run_record::{KopsPlan, Plan};
use stage::Stage;

use crate::{
    add_nodes, build_error::BuildError, connect, create, delete, describe, error::Error, reap,
    record::Record, validate, verb::Verb,
};

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
    let kops = of_kops(&plan)?;
    let failed = |verb| {
        let cluster = plan.cluster.clone();
        move |source: BuildError| Error::Build { verb, cluster, source: Box::new(source) }
    };
    match verb {
        Verb::Create => {
            create::create(stage, &plan, kops).await.map(Record::Created).map_err(failed("create"))
        }
        Verb::Connect => connect::connect(stage, &plan, kops)
            .await
            .map(Record::Connected)
            .map_err(failed("connect to")),
        Verb::AddNodes => add_nodes::add_nodes(stage, &plan, kops)
            .await
            .map(Record::NodesAdded)
            .map_err(failed("add nodes to")),
        Verb::Validate => validate::validate(stage, &plan, kops)
            .await
            .map(Record::Validated)
            .map_err(failed("validate")),
        Verb::Describe => Ok(Record::Described(describe::describe(stage, &plan, kops).await)),
        Verb::Delete => {
            delete::delete(stage, &plan, kops).await.map(Record::Deleted).map_err(|source| {
                Error::Delete { cluster: plan.cluster.clone(), source: Box::new(source) }
            })
        }
        Verb::Reap(args) => Ok(Record::Reaped(reap::reap(stage, &args).await?)),
    }
}

/// What holds on kops alone.
fn of_kops(plan: &Plan) -> Result<&KopsPlan, Error> {
    plan.kops.as_ref().ok_or_else(|| Error::Provider { run_id: plan.run_id.clone() })
}
