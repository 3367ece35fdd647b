//! Starts the control plane of a run.

use std::{io, path::PathBuf, time::Instant};

use run_record::{FileError, Ledger, Plan, ProcessId};
use stage::{Stage, Tool, ToolError, ToolboxError};

use crate::{
    book::Book,
    component::Component,
    control_plane, delete, found, kubeconfig, kwok, nodes,
    pki::{self, Authority, PkiError},
    ports::Ports,
    private::Private,
    probe::{Asker, ProbeError},
    prometheus::{self, PrometheusError},
    record::Created,
    registry::{self, RegistryError},
    verb::CreateArgs,
};

/// Why the control plane could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// A program cannot be had.
    #[error(transparent)]
    Toolbox(#[from] ToolboxError),
    /// The run could not be registered on this machine.
    #[error("failed to register the run on this machine")]
    Registry(#[from] RegistryError),
    /// A file of the run could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folders or ports could not be had.
    #[error("failed to make the folders of the cluster or to find ports for it")]
    Machine(#[source] io::Error),
    /// The certificates could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// Prometheus could not be given its files.
    #[error(transparent)]
    Prometheus(#[from] PrometheusError),
    /// A daemon could not be started.
    #[error(transparent)]
    Start(#[from] ToolError),
    /// A daemon is not ready.
    #[error(transparent)]
    Ready(#[from] ProbeError),
    /// The API server did not do what it was asked.
    #[error("failed to prepare the cluster")]
    Api(#[from] nodes::NodesError),
    /// What was made could not be written down.
    #[error(transparent)]
    Found(#[from] found::FoundError),
    /// Something of an earlier attempt is still there.
    #[error("something of an earlier attempt is still there: {}", .0.join(", "))]
    LeftBehind(Vec<String>),
}

/// The programs of the daemons, in the order of [`Component::ALL`], and the first arguments of the
/// tunnel, which is this program again.
type Programs = Vec<(PathBuf, Vec<std::ffi::OsString>)>;

/// Who signs the certificates, and the names that the API server has beside its own.
struct Trust {
    authority: Authority,
    names: Vec<String>,
}

/// Starts everything and waits until it is ready.
pub(crate) async fn create(
    stage: &Stage,
    plan: &Plan,
    args: &CreateArgs,
) -> Result<Created, CreateError> {
    let begun = Instant::now();
    let private = Private::of(&stage.run_dir, &plan.run_id);
    let asker = Asker::new(&private, plan);
    if let Some(ledger) = healthy(stage, &asker).await {
        return Ok(Created::of(plan, &ledger, begun.elapsed(), false));
    }
    let authority = Authority::new(args.authority.as_deref())?;
    let programs = programs(stage).await?;
    let cl2 = stage.toolbox.source("clusterloader2-tests", None).await?;
    let trust = Trust { authority, names: args.server_name.clone() };
    let mut attempt = start(stage, plan, &private, &asker, &programs, &cl2, &trust).await;
    if matches!(&attempt, Err(CreateError::Ready(error)) if error.is_port_taken()) {
        tracing::warn!(
            "another program took a port of the cluster first: starting again on other ports"
        );
        attempt = start(stage, plan, &private, &asker, &programs, &cl2, &trust).await;
    }
    let ledger = attempt?;
    // Whoever brings an authority brings the nodes.
    if args.authority.is_none() {
        nodes::create_infra(stage, plan).await?;
    }
    found::control_plane(stage, &ledger).await?;
    Ok(Created::of(plan, &ledger, begun.elapsed(), true))
}

/// The ledger, if it speaks of a cluster that is whole.
async fn healthy(stage: &Stage, asker: &Asker) -> Option<Ledger> {
    let ledger = stage.run_dir.ledger().ok().filter(|ledger| ledger.closed.is_none())?;
    for component in Component::ALL {
        let resource =
            ledger.resources.iter().find(|resource| resource.name == component.name())?;
        let alive = resource.process.as_ref().is_some_and(ProcessId::is_alive);
        if !alive || !asker.is_ready(&component.probe(resource)?).await {
            return None;
        }
    }
    Some(ledger)
}

async fn programs(stage: &Stage) -> Result<Programs, CreateError> {
    let found = Component::ALL.map(async |component| match component {
        Component::Tunnel => stage::myself("infra-kwok").map_err(CreateError::Machine),
        other => Ok((stage.toolbox.find(other.name()).await?, Vec::new())),
    });
    futures::future::try_join_all(found).await
}

/// Clears what an earlier attempt left, then writes and starts everything.
async fn start(
    stage: &Stage,
    plan: &Plan,
    private: &Private,
    asker: &Asker,
    programs: &Programs,
    cl2: &std::path::Path,
    trust: &Trust,
) -> Result<Ledger, CreateError> {
    let left = delete::tear_down(&stage.run_dir, &plan.run_id).await;
    if !left.is_empty() {
        return Err(CreateError::LeftBehind(left));
    }
    let owner = owner();
    registry::enter(stage.toolbox.cache(), &stage.run_dir, &plan.run_id, owner.clone())?;
    let ports = Ports::free().map_err(CreateError::Machine)?;
    let mut book = Book::open(&stage.run_dir, plan, private, ports, owner)?;
    private.make().map_err(CreateError::Machine)?;
    book.folders_made()?;
    pki::write(private, &trust.authority, &trust.names)?;
    kubeconfig::write(&stage.run_dir, private, &plan.cluster, ports)?;
    control_plane::write_egress(private, &private.tunnel())?;
    kwok::write(private, &plan.scenario)?;
    prometheus::write(private, ports, &plan.scenario, cl2)?;
    for (at, component) in Component::ALL.into_iter().enumerate() {
        if at == Component::FIRST {
            asker.wait(&resources(&book, &Component::ALL[..at]), &stage.cancel).await?;
        }
        let (program, first) = &programs[at];
        let process = Tool::new(component.name(), program)
            .args(first.iter().cloned())
            .args(component.args(private, ports, &plan.scenario))
            .cwd(private.root())
            .log(private.log(component.name()))
            .of_run(&stage.run_dir, &plan.run_id)
            .spawn()?;
        book.started(component, &process)?;
    }
    asker.wait(&resources(&book, &Component::ALL), &stage.cancel).await?;
    Ok(book.ledger().clone())
}

fn resources(book: &Book, of: &[Component]) -> Vec<run_record::Resource> {
    let resources = book.ledger().resources.iter();
    resources
        .filter(|resource| of.iter().any(|component| component.name() == resource.name))
        .cloned()
        .collect()
}

/// The process that owns the run: the one that started this stage, if it is the same program, as
/// `scale-ci` is. A shell from which a stage is started by hand does not own the run.
fn owner() -> Option<ProcessId> {
    let parent = rustix::process::getppid()?.as_raw_nonzero().get();
    let program = |pid: &str| std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    let same = program(&parent.to_string())? == program("self")?;
    same.then(|| ProcessId::of(parent).ok()).flatten()
}
