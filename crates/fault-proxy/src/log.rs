//! What was asked, what was answered, and which fault was done to it.

use std::{
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{Method, Uri};
use serde::Serialize;
use tokio::sync::watch;

use crate::{fault::Fault, kind::Kind};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Which one it was, from 0, in the order of arrival.
    pub number: usize,
    /// What it asked.
    pub kind: Kind,
    /// Its method.
    pub method: String,
    /// Its path and query, as they were sent.
    pub path: String,
    /// The fault, if it had one.
    pub fault: Option<String>,
    /// What the store answered, if it was asked and did.
    pub store: Option<u16>,
    /// What the client was answered; none if the connection was cut first.
    pub status: Option<u16>,
    /// Which answer it was, from 0, in the order in which they went out.
    pub answered: Option<usize>,
    /// Bytes of its body that came.
    pub request_bytes: u64,
    /// Bytes of the answer's body that went out.
    pub answer_bytes: u64,
    /// Whether it is over, well or not.
    pub over: bool,
}

/// Every request so far.
pub(crate) struct Log {
    state: Mutex<State>,
    /// Answers that went out.
    answered: watch::Sender<usize>,
}

struct State {
    entries: Vec<Entry>,
    out: Option<Box<dyn Write + Send>>,
}

/// The right to note what becomes of one request; when it is dropped, the request is over.
pub(crate) struct Ticket {
    number: usize,
    log: Arc<Log>,
}

impl Log {
    /// An empty log; each request becomes a line of JSON in `out` when it is over.
    pub(crate) fn new(out: Option<Box<dyn Write + Send>>) -> Arc<Self> {
        let state = Mutex::new(State { entries: Vec::new(), out });
        Arc::new(Self { state, answered: watch::Sender::new(0) })
    }

    /// Notes that a request came.
    pub(crate) fn arrived(self: &Arc<Self>, kind: Kind, method: &Method, uri: &Uri) -> Ticket {
        let mut state = self.state();
        let number = state.entries.len();
        state.entries.push(Entry {
            number,
            kind,
            method: method.to_string(),
            path: uri.path_and_query().map_or("/", |address| address.as_str()).to_owned(),
            fault: None,
            store: None,
            status: None,
            answered: None,
            request_bytes: 0,
            answer_bytes: 0,
            over: false,
        });
        Ticket { number, log: self.clone() }
    }

    /// Every request so far, in the order of arrival.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Notes the fault of the request.
    pub(crate) fn fault(&self, fault: &Fault) {
        self.note(|entry| entry.fault = Some(fault.to_string()));
    }

    /// Notes what the store answered.
    pub(crate) fn store(&self, status: u16) {
        self.note(|entry| entry.store = Some(status));
    }

    /// Notes that an answer goes out.
    pub(crate) fn answer(&self, status: u16) {
        self.log.answered.send_modify(|answered| {
            self.note(|entry| (entry.status, entry.answered) = (Some(status), Some(*answered)));
            *answered += 1;
        });
    }

    /// Waits until so many answers went out from now on.
    pub(crate) async fn let_pass(&self, answers: u64) {
        let mut answered = self.log.answered.subscribe();
        let wanted = *answered.borrow() as u64 + answers;
        // The log outlives its tickets, and with it the sender.
        let _ = answered.wait_for(|answered| *answered as u64 >= wanted).await;
    }

    /// Notes bytes of the request.
    pub(crate) fn came(&self, bytes: usize) {
        self.note(|entry| entry.request_bytes += bytes as u64);
    }

    /// Notes bytes of the answer.
    pub(crate) fn went(&self, bytes: usize) {
        self.note(|entry| entry.answer_bytes += bytes as u64);
    }

    fn note(&self, change: impl FnOnce(&mut Entry)) {
        change(&mut self.log.state().entries[self.number]);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.log.state();
        let State { entries, out, .. } = &mut *state;
        let entry = &mut entries[self.number];
        entry.over = true;
        if let Some(out) = out {
            // A log that cannot be written must not change what is tested.
            let _ = serde_json::to_writer(&mut *out, entry);
            let _ = out.write_all(b"\n").and_then(|()| out.flush());
        }
    }
}
