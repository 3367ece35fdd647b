//! The plot of `infra-kwok`.

use std::{ffi::OsString, process::ExitCode};

use run_record::Plan;
use stage::Stage;

use crate::{
    add_nodes, create, delete,
    error::Error,
    look, reap,
    record::{Deleted, Record},
    registry, tunnel,
    verb::Verb,
};

const NAME: stage::Name = stage::Name {
    name: "infra-kwok",
    version: env!("CARGO_PKG_VERSION"),
    about: "Creates, checks and deletes a real control plane with simulated nodes on this machine.",
};

/// The `main` of the stage; `args` begin with the name of the program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    let plan = match &verb {
        // These two need no run directory.
        Verb::Reap(args) => return Ok(Record::Reaped(reap::reap(stage, args).await?)),
        Verb::Tunnel(args) => {
            tunnel::serve(args, &stage.cancel).await.map_err(Error::Tunnel)?;
            return Ok(Record::Stopped);
        }
        _ => stage.run_dir.plan()?,
    };
    let cluster = || plan.cluster.clone();
    match verb {
        Verb::Create(args) => create::create(stage, &plan, &args)
            .await
            .map(Record::Created)
            .map_err(|source| Error::Create { cluster: cluster(), source: Box::new(source) }),
        Verb::AddNodes => add_nodes::add_nodes(stage, &plan)
            .await
            .map(Record::NodesAdded)
            .map_err(|source| Error::AddNodes { cluster: cluster(), source: Box::new(source) }),
        Verb::Connect => look::connect(stage, &plan).map(Record::Connected),
        Verb::Validate => look::validate(stage, &plan).await.map(Record::Validated),
        Verb::Describe => Ok(Record::Described(look::describe(stage, &plan).await)),
        Verb::Delete => remove(stage, &plan).await.map(Record::Deleted),
        Verb::Reap(_) | Verb::Tunnel(_) => Ok(Record::Stopped),
    }
}

/// Removes everything of the run; a first cancel does not stop it.
async fn remove(stage: &Stage, plan: &Plan) -> Result<Deleted, Error> {
    let before = stage.run_dir.ledger().map(|ledger| delete::counted(&ledger)).unwrap_or_default();
    let left = delete::tear_down(&stage.run_dir, &plan.run_id).await;
    let cluster = plan.cluster.clone();
    if !left.is_empty() {
        return Err(Error::LeftBehind { cluster, left });
    }
    registry::strike(stage.toolbox.cache(), &plan.run_id)?;
    Ok(Deleted { cluster, removed: before.into_iter().collect() })
}
