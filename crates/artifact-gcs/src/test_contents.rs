//! What goes into the build of one test.

use run_record::{Plan, PlannedTest, RunDir};

use crate::{
    contents::{Contents, ContentsError},
    ending::Ending,
    layout,
    prow::{Finished, Started},
    reports::{metadata, why_missing},
};

/// Gathers what goes into the build of `test`.
pub(crate) fn gather(
    run_dir: &RunDir,
    plan: &Plan,
    test: &PlannedTest,
    ending: &Ending,
) -> Result<Contents, ContentsError> {
    let name = &test.test.test;
    let mut contents = Contents::new(run_dir, name.as_str())?;
    contents.folder(layout::ARTIFACTS, &run_dir.report(name), |_| false)?;
    // The config, the overrides and earlier attempts lie here, and so do the measurements and the
    // judgement. The baseline is other builds' and stays where it is from.
    let elsewhere = [run_dir.report(name), run_dir.baseline(name), run_dir.withheld_path(name)];
    let folder = run_dir.test(name);
    contents.folder("", &folder, |below| elsewhere.contains(&folder.join(below)))?;
    let withheld = run_dir.withheld(name).map_err(ContentsError::Make)?;
    for file in withheld.into_iter().flat_map(|withheld| withheld.files) {
        contents.withhold(format!("{}/{}", layout::ARTIFACTS, file.name), &file.reason);
    }
    let passed = ending.passed();
    contents.json(layout::STARTED, &Started::of(plan, ending))?;
    contents.json(layout::FINISHED, &Finished::of(plan, ending, passed))?;
    contents.log(layout::CL2_OUTPUT, &run_dir.logs().join(format!("cl2-{name}.log")))?;
    of_the_run(&mut contents, run_dir, plan)?;
    for step in plan.steps.iter().filter(|step| step.test.as_ref() == Some(name)) {
        // The record of the export is written after it.
        if (step.stage.as_str(), step.verb.as_str()) != ("artifact-gcs", "export") {
            let path = run_dir.record_path(&step.stage, &step.verb, Some(name));
            if let Some(file) = path.file_name().and_then(|file| file.to_str()) {
                contents.file(&format!("{}/{file}", layout::RECORDS), path.clone());
            }
        }
    }
    for object in [layout::ARTIFACTS, layout::CL2_OUTPUT, layout::MEASUREMENTS] {
        contents.expect(object, || why_missing(run_dir, "cl2-runner", "run", Some(name)));
    }
    for object in [layout::JUDGEMENT, layout::JUDGEMENT_PAGE, layout::JUNIT] {
        contents.expect(object, || why_missing(run_dir, "verdict", "judge", Some(name)));
    }
    Ok(contents)
}

/// What every build of a run holds.
pub(crate) fn of_the_run(
    contents: &mut Contents,
    run_dir: &RunDir,
    plan: &Plan,
) -> Result<(), ContentsError> {
    contents.file(layout::PLAN, run_dir.plan_path());
    contents.file(layout::SCENARIO, run_dir.scenario_path());
    contents.file(layout::METADATA, run_dir.metadata_path());
    for object in [layout::SCENARIO, layout::METADATA] {
        contents.expect(object, || "the run directory has none".into());
    }
    if let Some(url) = &plan.trigger.run_url {
        contents.text(layout::RUN_URL, &format!("{url}\n"))?;
    }
    if let Some(version) = tested_version(run_dir, plan) {
        contents.text(layout::TESTED_VERSION, &format!("{version}\n"))?;
    }
    Ok(())
}

/// The Cilium that was found, else the one that was asked for; none if none was.
fn tested_version(run_dir: &RunDir, plan: &Plan) -> Option<String> {
    let cilium = plan.scenario.cilium.as_ref()?;
    let found = metadata(run_dir).and_then(|metadata| {
        let part = metadata.versions.0.get("cilium")?;
        // A mixed set is no version.
        (part.found.len() == 1).then(|| part.found.keys().next().cloned())?
    });
    let asked = [&cilium.version, &cilium.sha, &cilium.chart];
    found.or_else(|| asked.into_iter().flatten().next().cloned())
}
