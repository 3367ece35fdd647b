//! How an error or a result becomes an outcome, an exit code and a sentence.

use std::error::Error;

use run_record::{Class, Outcome};
use serde_json::Value;

/// What an error or a result means for the run.
pub trait Reason {
    /// How the step ended.
    fn outcome(&self) -> Outcome;

    /// What kind of thing went wrong.
    fn class(&self) -> Option<Class> {
        None
    }

    /// Whether it goes into the record of the step. What only says that there is nothing to do it to
    /// must not replace the record of when it was done.
    fn is_kept(&self) -> bool {
        true
    }

    /// What the page of a workflow run shows of it, as commands of GitHub's runner.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the record keeps of it, where that is less than all of it.
    fn facts(&self) -> Option<Value> {
        None
    }
}

/// A stage that did its work and found nothing wrong.
impl Reason for () {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }
}

/// An error and its causes, from the outside in.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut links = vec![error.to_string()];
    let mut at = error.source();
    while let Some(cause) = at {
        let text = cause.to_string();
        // Some libraries repeat their cause in their own text.
        if links.last().is_none_or(|last| !last.ends_with(&text)) {
            links.push(text);
        }
        at = cause.source();
    }
    links
}
