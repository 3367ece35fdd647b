//! Ends and removes everything of a run, and looks whether anything is left.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use jiff::Timestamp;
use run_record::{Kind, Ledger, ProcessId, RunDir, State};
use stage::{end_all, marked, redact_file};

use crate::{
    ports,
    private::{self, Private},
};

/// Time between asking the processes to stop and ending them. None: what they hold is thrown away,
/// the snapshot of Prometheus was taken before, and they write their logs as they go.
const GRACE: Duration = Duration::ZERO;

/// Ends every process of the run, keeps their logs redacted, and removes their folders. Says what
/// is left, each with a name a person can look for.
pub(crate) async fn tear_down(run_dir: &RunDir, run_id: &str) -> Vec<String> {
    let private = Private::of(run_dir, run_id);
    let mut ledger = run_dir.ledger().ok().filter(|ledger| ledger.run_id == run_id);
    let mut left = end_processes(ledger.as_ref(), run_id).await;
    left.extend(taken_ports(ledger.as_ref()));
    // A dead run's directory may be gone already: it is not made again for the logs.
    if run_dir.root().is_dir() {
        keep_logs(&private.root().join("logs"), &run_dir.logs());
    }
    for folder in [private.root(), private.sockets()] {
        if let Err(error) = private::remove(folder) {
            left.push(format!("folder `{}` ({error})", folder.display()));
        }
    }
    run_dir.forget_processes();
    if let Some(ledger) = &mut ledger {
        close(ledger, left.is_empty());
        if let Err(error) = run_dir.write_ledger(ledger) {
            left.push(format!("`{}` is not up to date ({error})", run_dir.ledger_path().display()));
        }
    }
    left
}

async fn end_processes(ledger: Option<&Ledger>, run_id: &str) -> Vec<String> {
    let mut all = processes(ledger);
    let mut left = Vec::new();
    // A process that was ended may have started another one just before.
    while !all.is_empty() || !marked(run_id).is_empty() {
        all.extend(marked(run_id));
        left = end_all(&all, GRACE).await;
        if !left.is_empty() {
            break;
        }
        all.clear();
    }
    left.iter().map(|process| format!("process {}", process.pid)).collect()
}

/// The processes that the ledger names.
fn processes(ledger: Option<&Ledger>) -> Vec<ProcessId> {
    let resources = ledger.map(|ledger| ledger.resources.as_slice()).unwrap_or_default();
    let processes = resources.iter().filter_map(|resource| resource.process.clone());
    processes.filter(ProcessId::is_alive).collect()
}

/// Ports of the ledger that somebody still listens on. A closed ledger's ports may be anybody's by
/// now.
fn taken_ports(ledger: Option<&Ledger>) -> Vec<String> {
    let open = ledger.filter(|ledger| ledger.closed.is_none());
    let resources = open.map(|ledger| ledger.resources.as_slice()).unwrap_or_default();
    resources
        .iter()
        // A port that was planned and not used may be anybody's, too.
        .filter(|resource| resource.state == State::Made)
        .flat_map(|resource| resource.ports.iter().map(|port| (&resource.name, *port)))
        .filter(|(_, port)| ports::is_taken(*port))
        .map(|(name, port)| format!("port {port} of `{name}`"))
        .collect()
}

/// Copies the logs of the daemons where they are kept, without secrets.
fn keep_logs(from: &Path, to: &Path) {
    let Ok(files) = fs::read_dir(from) else { return };
    for file in files.flatten() {
        let kept = fs::create_dir_all(to)
            .and_then(|()| redact_file(&file.path(), &to.join(file.file_name())));
        if let Err(error) = kept {
            tracing::warn!("the log `{}` is lost: {error}", file.path().display());
        }
    }
}

fn close(ledger: &mut Ledger, clean: bool) {
    for resource in &mut ledger.resources {
        let there = match resource.kind {
            Kind::Process => resource.process.as_ref().is_some_and(ProcessId::is_alive),
            Kind::Folder => resource.path.as_ref().is_some_and(|path| path.exists()),
            // Never of this stage; whoever made it has to look.
            Kind::Cloud => true,
        };
        if !there {
            resource.state = State::Gone;
        }
    }
    if clean && ledger.closed.is_none() {
        ledger.closed = Some(Timestamp::now());
    }
}

/// Names of what a ledger still counts as there.
pub(crate) fn counted(ledger: &Ledger) -> BTreeSet<String> {
    let there = ledger.resources.iter().filter(|resource| resource.state != State::Gone);
    there.map(|resource| resource.name.clone()).collect()
}
