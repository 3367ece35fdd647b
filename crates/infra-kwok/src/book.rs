//! Keeps the ledger: every resource is written down before it is made.

use jiff::Timestamp;
use run_record::{FileError, Format, Kind, Ledger, Plan, ProcessId, Resource, RunDir, State};

use crate::{component::Component, ports::Ports, private::Private};

/// The ledger of a run and where it is kept.
#[derive(Debug)]
pub(crate) struct Book {
    run_dir: RunDir,
    ledger: Ledger,
}

impl Book {
    /// A ledger of all that is about to be made, written.
    pub(crate) fn open(
        run_dir: &RunDir,
        plan: &Plan,
        private: &Private,
        ports: Ports,
        owner: Option<ProcessId>,
    ) -> Result<Self, FileError> {
        let folder = |name: &str, path: &std::path::Path| Resource {
            kind: Kind::Folder,
            name: name.into(),
            state: State::Planned,
            process: None,
            ports: Vec::new(),
            path: Some(path.into()),
        };
        let mut resources =
            vec![folder("private", private.root()), folder("sockets", private.sockets())];
        resources.extend(Component::ALL.map(|component| component.planned(private, ports)));
        let ledger = Ledger {
            format: Format,
            run_id: plan.run_id.clone(),
            provider: plan.provider,
            opened: Timestamp::now(),
            closed: None,
            owner,
            resources,
        };
        let book = Self { run_dir: run_dir.clone(), ledger };
        book.write()?;
        Ok(book)
    }

    /// Notes that the folders are there.
    pub(crate) fn folders_made(&mut self) -> Result<(), FileError> {
        for resource in &mut self.ledger.resources {
            if resource.kind == Kind::Folder {
                resource.state = State::Made;
            }
        }
        self.write()
    }

    /// Notes that a daemon runs.
    pub(crate) fn started(
        &mut self,
        component: Component,
        process: &ProcessId,
    ) -> Result<(), FileError> {
        for resource in &mut self.ledger.resources {
            if resource.kind == Kind::Process && resource.name == component.name() {
                resource.state = State::Made;
                resource.process = Some(process.clone());
            }
        }
        self.write()
    }

    /// What is written so far.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn write(&self) -> Result<(), FileError> {
        self.run_dir.write_ledger(&self.ledger)
    }
}
