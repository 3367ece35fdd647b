//! What was asked, and what was answered.

use std::{
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::call::Class;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// Which one it was, from 0, in the order of arrival.
    pub number: usize,
    /// Its method; `CONNECT` where a host was refused or led through.
    pub method: String,
    /// Whom it asked.
    pub host: String,
    /// Its path and query, as they were sent.
    pub path: String,
    /// What it does; none of a `CONNECT`.
    pub class: Option<Class>,
    /// What it was answered; none if the connection was cut first, or it is not over.
    pub status: Option<u16>,
    /// The fault, if it had one.
    pub fault: Option<String>,
    /// Whether the fake does not play this host: nothing went there.
    pub refused: bool,
}

/// Every request so far.
pub(crate) struct Log {
    state: Mutex<State>,
}

struct State {
    requests: Vec<Request>,
    mutations: usize,
    out: Option<Box<dyn Write + Send>>,
}

/// The right to note what becomes of one request; when it is dropped, the request is over.
pub(crate) struct Ticket {
    number: usize,
    log: Arc<Log>,
}

impl Log {
    pub(crate) fn new(out: Option<Box<dyn Write + Send>>) -> Arc<Self> {
        let state = State { requests: Vec::new(), mutations: 0, out };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Notes that a request came.
    pub(crate) fn arrived(
        self: &Arc<Self>,
        method: &str,
        host: &str,
        path: &str,
        class: Option<Class>,
    ) -> Ticket {
        let mut state = self.state();
        let number = state.requests.len();
        if class == Some(Class::Mutation) {
            state.mutations += 1;
        }
        state.requests.push(Request {
            number,
            method: method.into(),
            host: host.into(),
            path: path.into(),
            class,
            status: None,
            fault: None,
            refused: false,
        });
        Ticket { number, log: self.clone() }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// How many changed the cloud, or would have.
    pub(crate) fn mutations(&self) -> usize {
        self.state().mutations
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    pub(crate) fn status(&self, status: u16) {
        self.note(|request| request.status = Some(status));
    }

    pub(crate) fn fault(&self, fault: String) {
        self.note(|request| request.fault = Some(fault));
    }

    pub(crate) fn refused(&self, status: u16) {
        self.note(|request| (request.refused, request.status) = (true, Some(status)));
    }

    fn note(&self, change: impl FnOnce(&mut Request)) {
        change(&mut self.log.state().requests[self.number]);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.log.state();
        let State { requests, out, .. } = &mut *state;
        if let Some(out) = out {
            // A log that cannot be written must not change what is tested.
            let _ = serde_json::to_writer(&mut *out, &requests[self.number]);
            let _ = out.write_all(b"\n").and_then(|()| out.flush());
        }
    }
}
