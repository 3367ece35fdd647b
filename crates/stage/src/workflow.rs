//! GitHub's side of a step: outputs, summary, annotations, groups, masks.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    env,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

use redaction::redact;

/// Most bytes of a step's summary: GitHub drops one of more than 1 MiB, and the step passes all the
/// same.
const SUMMARY: usize = 1_000_000;

/// Stands where a summary was cut.
const SUMMARY_CUT: &str = "\n\n(cut: the run directory has all of it)";

/// Most characters of an annotation: GitHub's runner cuts what is longer without a word.
const ANNOTATION: usize = 4096;

/// Stands where an annotation was cut.
const ANNOTATION_CUT: &str = " (cut: the log of this step has all of it)";

/// Most annotations of one level that GitHub shows of one step; it drops the others without a word.
const ANNOTATIONS: usize = 10;

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
    /// Who started this attempt at it.
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
            // Who runs a workflow again is not who started it first.
            actor: text("GITHUB_TRIGGERING_ACTOR").or_else(|| text("GITHUB_ACTOR")),
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

    /// Adds Markdown to the summary of the step, which is cut where GitHub would drop all of it.
    ///
    /// # Errors
    /// The runner's file cannot be read or written.
    pub fn summary(&self, markdown: &str) -> io::Result<()> {
        let Some(path) = &self.summary else { return Ok(()) };
        // Another stage may have written there in the same step.
        let there = match fs::metadata(path) {
            Ok(file) => usize::try_from(file.len()).unwrap_or(usize::MAX),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if there > SUMMARY {
            return Ok(());
        }
        let text = redact(markdown);
        let kept = &text[..text.floor_char_boundary(SUMMARY - there)];
        let rest = if kept.len() < text.len() { SUMMARY_CUT } else { "" };
        append(Some(path), &format!("{kept}{rest}\n"))
    }

    /// A notice that the run's page shows, as the pipeline we replace did for `BUILD_ID`.
    #[must_use]
    pub fn notice(&self, title: &str, text: &str) -> Option<String> {
        self.in_actions.then(|| format!("::notice title={}::{}", property(title), data(&cut(text))))
    }

    /// An error that the run's page shows.
    #[must_use]
    pub fn error(&self, text: &str) -> Option<String> {
        self.in_actions.then(|| format!("::error::{}", data(&cut(text))))
    }
}

/// The lines to write for `commands` of one step: where there are more of one level than GitHub shows,
/// the last that it shows says so, and the rest are lines of the log.
#[must_use]
pub fn annotations(commands: Vec<String>) -> Vec<String> {
    let mut of_level: BTreeMap<String, usize> = BTreeMap::new();
    for command in &commands {
        *of_level.entry(level(command)).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for command in commands {
        let level = level(&command);
        let all = of_level[&level];
        let nth = seen.entry(level.clone()).or_default();
        *nth += 1;
        if all > ANNOTATIONS && *nth == ANNOTATIONS {
            let more = all - ANNOTATIONS + 1;
            lines.push(format!("::{level}::and {more} more, which the log of this step has"));
        }
        if all > ANNOTATIONS && *nth >= ANNOTATIONS {
            lines.push(command.trim_start_matches(':').to_owned());
        } else {
            lines.push(command);
        }
    }
    lines
}

/// The level of a command, as `notice`.
fn level(command: &str) -> String {
    let name = |letter: char| letter.is_ascii_lowercase();
    command.trim_start_matches(':').chars().take_while(|&letter| name(letter)).collect()
}

/// `text` as far as GitHub shows it, with a sentence where it was cut. GitHub counts UTF-16 units.
fn cut(text: &str) -> Cow<'_, str> {
    let text = redact(text);
    if text.encode_utf16().count() <= ANNOTATION {
        return text;
    }
    let mut room = ANNOTATION - ANNOTATION_CUT.len();
    let fits = |letter: &char| match room.checked_sub(letter.len_utf16()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    Cow::Owned(text.chars().take_while(fits).chain(ANNOTATION_CUT.chars()).collect())
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

    fn in_actions(summary: Option<PathBuf>) -> Workflow {
        Workflow { summary, in_actions: true, ..Workflow::default() }
    }

    #[test]
    fn a_summary_that_github_would_drop_is_cut_between_characters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        let workflow = in_actions(Some(path.clone()));

        workflow.summary(&"aä".repeat(600_000)).unwrap();

        let text = fs::read_to_string(path).unwrap();
        assert!(text.len() < 1 << 20, "{}", text.len());
        assert!(text.ends_with("(cut: the run directory has all of it)\n"));
    }

    #[test]
    fn summaries_of_one_step_are_cut_together() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        let workflow = in_actions(Some(path.clone()));

        for _ in 0..4 {
            workflow.summary(&"a".repeat(400_000)).unwrap();
        }

        let text = fs::read_to_string(path).unwrap();
        assert!(text.len() < 1 << 20, "{}", text.len());
        assert_eq!(text.matches(SUMMARY_CUT).count(), 1);
    }

    #[test]
    fn an_annotation_is_one_line_and_means_itself() {
        let workflow = in_actions(None);

        let notice = workflow.notice("a:b,c\n", "1 % of it\r\n::error::x").unwrap();

        assert_eq!(notice, "::notice title=a%3Ab%2Cc%0A::1 %25 of it%0D%0A: :error::x");
        assert_eq!(Workflow::default().notice("a", "b"), None);
    }

    #[test]
    fn an_annotation_that_github_would_cut_says_that_it_is_cut() {
        let workflow = in_actions(None);

        let whole = workflow.error(&"%".repeat(4096)).unwrap();
        // One character that counts as two, where the cut would go through it.
        let cut = workflow.error(&"😀".repeat(2049)).unwrap();

        assert_eq!(whole.matches("%25").count(), 4096);
        let text = cut.strip_prefix("::error::").unwrap();
        assert!(text.encode_utf16().count() <= ANNOTATION, "{}", text.encode_utf16().count());
        assert!(text.ends_with("😀 (cut: the log of this step has all of it)"), "{text}");
    }

    #[test]
    fn of_more_annotations_than_github_shows_the_last_says_so() {
        let workflow = in_actions(None);
        let notices = |count: usize| -> Vec<String> {
            (0..count).filter_map(|at| workflow.notice("BUILD_ID", &at.to_string())).collect()
        };
        let mut commands = notices(12);
        commands.extend(workflow.error("e"));

        let lines = annotations(commands);

        let shown = lines.iter().filter(|line| line.starts_with("::notice")).count();
        assert_eq!(shown, ANNOTATIONS);
        assert_eq!(lines[9], "::notice::and 3 more, which the log of this step has");
        assert_eq!(
            lines[10..13].join(" "),
            (9..12).map(|at| format!("notice title=BUILD_ID::{at}")).collect::<Vec<_>>().join(" ")
        );
        assert_eq!(lines[13], "::error::e");
        assert_eq!(annotations(notices(10)), notices(10));
    }
}
