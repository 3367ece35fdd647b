//! Where in a file something stands.

use std::fmt;

/// Line and column, both from 1. What comes first in a file is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// The start of a file.
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    /// The place behind `text`, from which a file goes on.
    pub(crate) fn behind(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

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
