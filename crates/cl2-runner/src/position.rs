//! How far a test has come.

use std::fmt;

/// How far a test has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The step that began last, from 1; zero before the first one.
    pub step: u32,
    /// Steps in all, once ClusterLoader2 has said so.
    pub steps: Option<u32>,
    /// Name of the step.
    pub name: String,
    /// Pods that run.
    pub running: u32,
    /// Pods that should.
    pub wanted: u32,
}

impl Position {
    /// One line of progress.
    pub(crate) fn line(&self, test: &str) -> String {
        let mut line = format!("{test}: step {}", self.step);
        if let Some(steps) = self.steps {
            line.push_str(&format!(" of {steps}"));
        }
        if !self.name.is_empty() {
            line.push_str(&format!(", {}", self.name));
        }
        if self.wanted > 0 || self.running > 0 {
            line.push_str(&format!(", {} of {} pods running", self.running, self.wanted));
        }
        line
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.step == 0 {
            return f.write_str("before its first step");
        }
        write!(f, "in step {}", self.step)?;
        if let Some(steps) = self.steps {
            write!(f, " of {steps}")?;
        }
        write!(f, " `{}`", self.name)?;
        if self.wanted > 0 || self.running > 0 {
            write!(f, ", with {} of {} pods running", self.running, self.wanted)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_names_the_step_and_the_pods() {
        let mut position = Position::default();
        assert_eq!(position.to_string(), "before its first step");

        position = Position {
            step: 3,
            steps: Some(7),
            name: "Wait for pods".into(),
            running: 12,
            wanted: 40,
        };

        assert_eq!(
            position.to_string(),
            "in step 3 of 7 `Wait for pods`, with 12 of 40 pods running"
        );
        assert_eq!(
            position.line("load"),
            "load: step 3 of 7, Wait for pods, 12 of 40 pods running"
        );
    }
}
