//! The table of cuts.

use std::fmt;

use crate::cut::{Cleaner, Outcome};

/// What stands above the rows.
pub(crate) const HEAD: &str = "| during | call | cut | n | clean-up | exit | left | seconds | what |\n|---|---|---|---|---|---|---|---|---|";

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cleaner = match self.cut.cleaner {
            Cleaner::Ours => "`infra-kops delete`",
            Cleaner::Bare => "`kops delete cluster`",
        };
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        write!(
            f,
            "| {:?} | {} | {} | {} | {cleaner} | {code} | {} | {:.0} | {} |",
            self.cut.during,
            self.call,
            self.cut.victim,
            self.cut.nth,
            self.left.len(),
            self.seconds,
            self.left.join(", ")
        )
    }
}
