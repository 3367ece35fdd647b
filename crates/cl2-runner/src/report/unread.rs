//! Why a file of the report gives no reading.

use std::fmt;

/// Why a file of the report gives no reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is whole and holds none.
    Nothing(&'static str),
    /// It is cut off, garbage or of an unknown shape: what it held is lost.
    Damaged(String),
}

impl Unread {
    /// Whether something is lost.
    pub(crate) fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged(_))
    }
}

impl From<&str> for Unread {
    fn from(why: &str) -> Self {
        Self::Damaged(why.into())
    }
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(why) => f.write_str(why),
            Self::Damaged(why) => f.write_str(why),
        }
    }
}
