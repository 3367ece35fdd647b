//! GitHub's side of a step: outputs, summary, annotations, groups, masks.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
};

use redaction::redact;

/// Most bytes of a summary: GitHub drops one of more than 1 MiB, and the step passes all the same.
const SUMMARY: usize = 1_000_000;

/// The GitHub workflow this process runs in, if it does.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    output: Option<PathBuf>,
    summary: Option<PathBuf>,
    in_actions: bool,
    /// What started the workflow, as `schedule`.
    pub event: Option<String>,
    /// The repository, as `cilium/cilium`.
    pub repository: Option<String>,
    /// Who started it.
    pub actor: Option<String>,
    /// Which attempt at the workflow run this is.
    pub attempt: Option<u32>,
}

impl Workflow {
    /// The workflow that the environment names.
    #[must_use]
    pub fn from_env() -> Self {
        let file = |name| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let text = |name| env::var(name).ok().filter(|text| !text.is_empty());
        Self {
            output: file("GITHUB_OUTPUT"),
            summary: file("GITHUB_STEP_SUMMARY"),
            in_actions: env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            event: text("GITHUB_EVENT_NAME"),
            repository: text("GITHUB_REPOSITORY"),
            actor: text("GITHUB_ACTOR"),
            attempt: text("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse().ok()),
        }
    }

    /// The caller's variables for ClusterLoader2, which win over the scenario.
    #[must_use]
    pub fn cl2_variables() -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("CL2_"))
            .collect();
        variables.sort();
        variables
    }

    /// Sets an output of the step.
    ///
    /// # Errors
    /// The runner's file cannot be written.
    pub fn output(&self, name: &str, value: &str) -> io::Result<()> {
        // A value with a line break would need a delimiter that the value does not hold; none of
        // ours has one.
        let value = redact(value).replace(['\n', '\r'], " ");
        append(self.output.as_ref(), &format!("{name}={value}\n"))
    }

    /// Adds Markdown to the summary of the job.
    ///
    /// # Errors
    /// The runner's file cannot be written.
    pub fn summary(&self, markdown: &str) -> io::Result<()> {
        let text = redact(markdown);
        let kept = &text[..text.floor_char_boundary(SUMMARY)];
        let rest =
            if kept.len() < text.len() { "\n\n(cut: the run directory has all of it)" } else { "" };
        append(self.summary.as_ref(), &format!("{kept}{rest}\n"))
    }

    /// A notice that the run's page shows, as the pipeline we replace did for `BUILD_ID`.
    #[must_use]
    pub fn notice(&self, title: &str, text: &str) -> Option<String> {
        self.in_actions.then(|| format!("::notice title={}::{}", property(title), data(text)))
    }

    /// An error that the run's page shows.
    #[must_use]
    pub fn error(&self, text: &str) -> Option<String> {
        self.in_actions.then(|| format!("::error::{}", data(text)))
    }
}

fn append(file: Option<&PathBuf>, text: &str) -> io::Result<()> {
    let Some(path) = file else { return Ok(()) };
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// Text as the runner wants the data of a command.
fn data(text: &str) -> String {
    redact(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as the runner wants a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_that_github_would_drop_is_cut_between_characters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        let workflow = Workflow { summary: Some(path.clone()), ..Workflow::default() };

        workflow.summary(&"aä".repeat(600_000)).unwrap();

        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.len() < 1 << 20, "{}", text.len());
        assert!(text.ends_with("(cut: the run directory has all of it)\n"));
    }
}
