//! A row of the table: what came of one interruption.

use std::fmt;

use crate::{pressed::Pressed, steps::STEPS};

/// What came of one interruption.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The step that was being taken.
    pub(crate) step: String,
    /// What was sent.
    pub(crate) pressed: Pressed,
    /// Whether the step was in the middle of its work.
    pub(crate) landed: &'static str,
    /// What is left behind.
    pub(crate) left: String,
    /// Where the partial results are.
    pub(crate) results: String,
    /// The word of the conclusion, and the exit code of `scale-ci`.
    pub(crate) word: String,
    /// What a person had to do.
    pub(crate) after: String,
    /// Seconds from the signal to the end of `scale-ci`.
    pub(crate) seconds: f64,
    /// What is not as it must be.
    pub(crate) faults: Vec<String>,
}

/// The head of the table.
pub(crate) const HEAD: &str = "| step | signal | it landed | left behind | partial results | word (exit code) | what a person did | ends after |\n|---|---|---|---|---|---|---|---|\n";

impl Row {
    /// Where it stands in the table.
    pub(crate) fn place(line: &str) -> Option<(usize, Pressed)> {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let step = cells.next()?;
        let pressed = cells.next()?.parse().ok()?;
        Some((STEPS.iter().position(|one| *one == step)?, pressed))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, pressed, landed, left, results, word, after, seconds, .. } = self;
        write!(
            f,
            "| {step} | {pressed} | {landed} | {left} | {results} | {word} | {after} | {seconds:.1} s |"
        )?;
        if !self.faults.is_empty() {
            write!(f, " FAULT: {}", self.faults.join("; "))?;
        }
        Ok(())
    }
}
