//! A fault before it is known what its place is called.

use crate::position::Position;

/// Something that is wrong with the value at a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it stands, if that is not where the value at `pointer` does.
    pub(crate) at: Option<Position>,
    /// The value, as `/suite/0/test`; empty for the whole file.
    pub(crate) pointer: String,
    /// What is wrong and what to do.
    pub(crate) what: String,
}

impl Found {
    /// `what` is wrong with the value at `pointer`.
    pub(crate) fn new(pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self { at: None, pointer: pointer.into(), what: what.into() }
    }

    /// `what` is wrong with the value at `pointer`, and stands at `at`.
    pub(crate) fn at(at: Position, pointer: &str, what: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::new(pointer, what) }
    }
}
