//! What a workflow is told of a conclusion: the one word, and where the tests' builds are.

use std::io;

use run_record::{Conclusion, Outcome, RunDir};
use stage::Workflow;

/// Sets `verdict`, and of the builds that were exported the numbers and places as JSON lists.
pub(crate) fn tell(
    conclusion: &Conclusion,
    run_dir: &RunDir,
    workflow: &Workflow,
) -> io::Result<()> {
    let builds = conclusion.tests.iter().filter_map(|test| {
        // A build that was not exported to its end is none.
        let record = run_dir.record("artifact-gcs", "export", Some(&test.test)).ok()??;
        let folder = record.facts.get("export_dir")?.as_str()?.to_owned();
        (record.outcome == Outcome::Done).then_some((test.build, folder))
    });
    let (numbers, folders): (Vec<u64>, Vec<String>) = builds.unzip();
    workflow.output("verdict", &conclusion.outcome.to_string())?;
    workflow.output("build-ids", &serde_json::to_string(&numbers)?)?;
    workflow.output("export-dirs", &serde_json::to_string(&folders)?)
}
