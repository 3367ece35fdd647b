//! What a run left on this machine.

use std::{fs, net::TcpStream, path::Path};

use run_record::{Kind, PARTIAL, RunDir};
use serde_json::Value;
use walkdir::WalkDir;

use crate::place::Place;

/// Everything of the run in `run_dir` that is still there and should not be, each by its name.
pub(crate) fn left_behind(place: &Place, run_dir: &RunDir) -> Vec<String> {
    let mut left = Vec::new();
    let Ok(plan) = run_dir.plan() else {
        left.extend(half_written(run_dir.root()));
        return left;
    };
    for process in stage::marked(&plan.run_id) {
        let command = fs::read_to_string(format!("/proc/{}/comm", process.pid));
        left.push(format!("process {}", command.unwrap_or_default().trim()));
    }
    if let Ok(ledger) = run_dir.ledger() {
        for resource in &ledger.resources {
            let is_there = resource.path.as_ref().is_some_and(|path| path.exists());
            if resource.kind == Kind::Folder && is_there {
                left.push(format!("folder {}", resource.name));
            }
            let ports = resource.ports.iter();
            left.extend(
                ports
                    .filter(|port| TcpStream::connect(("127.0.0.1", **port)).is_ok())
                    .map(|port| format!("port {port} of {}", resource.name)),
            );
        }
        if ledger.closed.is_none() {
            left.push("open ledger".into());
        }
    }
    if run_dir.private().exists() {
        left.push("private folder".into());
    }
    if place.cache().join("runs").join(format!("{}.json", plan.run_id)).exists() {
        left.push("entry in the registry".into());
    }
    if fs::read_dir(run_dir.processes()).is_ok_and(|files| files.count() > 0) {
        left.push("file of a process".into());
    }
    left.extend(half_written(run_dir.root()));
    left.extend(half_written(&place.bucket()));
    left
}

/// Files that are not whole.
fn half_written(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy();
        let is_json = entry.path().extension().is_some_and(|extension| extension == "json");
        let is_broken = || {
            let text = fs::read(entry.path()).unwrap_or_default();
            serde_json::from_slice::<Value>(&text).is_err()
        };
        // What ClusterLoader2 writes itself may be cut off when it is killed.
        let is_ours = !entry.path().components().any(|part| {
            ["report", "artifacts", "earlier"].iter().any(|name| part.as_os_str() == *name)
        });
        if name.starts_with(PARTIAL) || (is_json && is_ours && is_broken()) {
            found.push(format!("half-written {name}"));
        }
    }
    found
}
