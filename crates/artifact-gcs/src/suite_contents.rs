//! What goes into the build of the suite: what belongs to no single test.

use run_record::{Outcome, PARTIAL, Plan, RunDir};
use scenario::Provider;
use walkdir::WalkDir;

use crate::{
    contents::{Contents, ContentsError, Source},
    ending::Ending,
    layout,
    prow::{Finished, Started},
    reports::why_missing,
    snapshot,
    test_contents::of_the_run,
};

/// The step whose records and logs are left out: they change with every export, so none could ever
/// be repeated if they were in it.
const EXPORT: (&str, &str) = ("artifact-gcs", "export");

/// Gathers what goes into the build of the suite.
pub(crate) fn gather(
    run_dir: &RunDir,
    plan: &Plan,
    ending: &Ending,
) -> Result<Contents, ContentsError> {
    let mut contents = Contents::new(run_dir, "_suite")?;
    let passed = ending.outcome == Outcome::Done;
    contents.json(layout::STARTED, &Started::of(plan, ending))?;
    contents.json(layout::FINISHED, &Finished::of(plan, ending, passed))?;
    of_the_run(&mut contents, run_dir, plan)?;
    contents.file(layout::LEDGER, run_dir.ledger_path());
    contents.file(layout::CONCLUSION, run_dir.conclusion_path());
    contents.file(layout::CONCLUSION_PAGE, run_dir.conclusion_page());
    let exports = format!("{}-{}", EXPORT.0, EXPORT.1);
    let of_export = |name: &str| name.starts_with(&exports);
    contents.folder(layout::RECORDS, &run_dir.records(), of_export)?;
    contents.folder(layout::SYSDUMP, &run_dir.sysdump(), |_| false)?;
    logs(&mut contents, run_dir, plan)?;
    let packed = contents.place(layout::SNAPSHOT);
    if snapshot::pack(&run_dir.prometheus(), plan.suite_build, &packed)? {
        contents.sources.push(Source { name: layout::SNAPSHOT.into(), path: packed });
    }
    note_missing(&mut contents, run_dir, plan);
    Ok(contents)
}

/// Every log but those of exports, redacted once more: some programs write theirs themselves.
fn logs(contents: &mut Contents, run_dir: &RunDir, plan: &Plan) -> Result<(), ContentsError> {
    let logs = run_dir.logs();
    let exports = plan.steps.iter().filter(|step| (&*step.stage, &*step.verb) == EXPORT);
    // `scale-ci` keeps what each step says under the step's name.
    let own: Vec<String> = exports.map(|step| format!("step-{}.log", step.id)).collect();
    if !logs.is_dir() {
        return Ok(());
    }
    for entry in WalkDir::new(&logs).sort_by_file_name() {
        let entry = entry
            .map_err(|error| ContentsError::Use { path: logs.clone(), source: error.into() })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let below = entry.path().strip_prefix(&logs).unwrap_or(entry.path());
        let name = format!("{}/{}", layout::LOGS, below.to_string_lossy());
        let file = entry.file_name().to_string_lossy();
        let wanted = !file.starts_with(PARTIAL) && !own.iter().any(|own| *own == file);
        if wanted && layout::is_object_name(&name) {
            contents.log(&name, entry.path())?;
        }
    }
    Ok(())
}

fn note_missing(contents: &mut Contents, run_dir: &RunDir, plan: &Plan) {
    let infra = match plan.provider {
        Provider::Kops => "infra-kops",
        Provider::Kwok => "infra-kwok",
    };
    contents.expect(layout::LEDGER, || why_missing(run_dir, infra, "create", None));
    contents.expect(layout::SNAPSHOT, || why_missing(run_dir, "cl2-runner", "snapshot", None));
    if plan.scenario.cilium.is_some() {
        contents
            .expect(layout::SYSDUMP, || why_missing(run_dir, "cilium-install", "sysdump", None));
    }
    for object in [layout::CONCLUSION, layout::CONCLUSION_PAGE] {
        contents.expect(object, || why_missing(run_dir, "verdict", "conclude", None));
    }
}
