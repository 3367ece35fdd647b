//! What the stages of a run said, as far as it can be read.

use run_record::{FileError, Judgement, PlannedTest, Record, RunDir};
use scenario::TestName;
use stage::chain;

/// What `found` holds. Something that cannot be read is said and taken for missing: an export keeps
/// whatever is there.
fn readable<T>(found: Result<T, FileError>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(error) if error.is_missing() => None,
        Err(error) => {
            tracing::warn!("{}", chain(&error).join(": "));
            None
        }
    }
}

/// The record of a step.
pub(crate) fn record(
    run_dir: &RunDir,
    stage: &str,
    verb: &str,
    test: Option<&TestName>,
) -> Option<Record> {
    readable(run_dir.record(stage, verb, test)).flatten()
}

/// The judgement of a test.
pub(crate) fn judgement(run_dir: &RunDir, test: &PlannedTest) -> Option<Judgement> {
    readable(run_dir.judgement(&test.test.test))
}

/// The conclusion of the run.
pub(crate) fn conclusion(run_dir: &RunDir) -> Option<run_record::Conclusion> {
    readable(run_dir.conclusion())
}

/// What really ran.
pub(crate) fn metadata(run_dir: &RunDir) -> Option<run_record::Metadata> {
    readable(run_dir.metadata())
}

/// Why the file that a step makes is not there.
pub(crate) fn why_missing(
    run_dir: &RunDir,
    stage: &str,
    verb: &str,
    test: Option<&TestName>,
) -> String {
    match record(run_dir, stage, verb, test) {
        None => format!("`{stage} {verb}` left no record"),
        Some(record) => match record.errors.first() {
            Some(error) => format!("`{stage} {verb}` ended as {}: {error}", record.outcome),
            None => format!("`{stage} {verb}` ended as {} and made none", record.outcome),
        },
    }
}
