//! The plot of `plan`.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::Path,
    process::ExitCode,
};

use jiff::Timestamp;
use run_record::{
    Class, FileError, Format, Found, Metadata, Outcome, PARTIAL, Plan, PlannedTest, Trigger,
    Versions, write_json, write_json_as_is, write_whole,
};
use scenario::{Faults, Override, Provider, Scenario, ScenarioFile};
use stage::{Stage, Workflow};

use crate::{
    bucket, builds, configs, dag,
    due::due,
    error::Error,
    kops,
    listed_build::{Question, Unlisted},
    names::{self, Series},
    overrides,
    record::{Planned, Record},
    scenario_text, surroundings,
    verb::{PlanArgs, Verb},
};

const NAME: stage::Name = stage::Name {
    name: "plan",
    version: env!("CARGO_PKG_VERSION"),
    about: "Reads the scenario, fixes what the run is, and writes the run directory.",
};

/// The `main` of the stage by itself, which looks into no bucket; `args` begin with the name of the
/// program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    main_with(args, async |asked: Question| {
        let source = "this program knows no bucket (hint: `scale-ci stage plan due` looks there, or `--builds FILE`)";
        let (outcome, class) = (Outcome::Misuse, Some(Class::Input));
        Err(Unlisted { bucket: asked.bucket, outcome, class, source: source.into() })
    })
}

/// The `main` of the stage in a program that also links the one that knows buckets: `list` tells
/// what one holds, as the JSON of `artifact-gcs list`.
pub fn main_with<L>(args: Vec<OsString>, list: L) -> ExitCode
where
    L: AsyncFn(Question) -> Result<String, Unlisted>,
{
    stage::main(NAME, args, async |verb, stage: &Stage| match verb {
        Verb::Plan(args) => make(&args, stage).map(|planned| Record::Planned(planned.into())),
        Verb::Due(args) => {
            let due = stage.cancel.guard(due(&args, stage, &list)).await;
            due.unwrap_or(Err(Error::Cancelled)).map(Record::Due)
        }
    })
}

fn make(args: &PlanArgs, stage: &Stage) -> Result<Planned, Error> {
    if stage.run_dir.plan_path().exists() {
        return Err(Error::Taken { path: stage.run_dir.root().into() });
    }
    let there = bucket::nearest(stage.run_dir.root());
    if !there.is_dir() {
        let (path, there) = (stage.run_dir.root().into(), there.into());
        return Err(Error::NoFolder { path, there });
    }
    let text = scenario_text::read(&args.scenario)?;
    let file = args.scenario.display().to_string();
    let chosen = args.cilium_version.as_deref().map(overrides::of_cilium).transpose()?;
    let overrides: Vec<Override> = args.overrides.iter().cloned().chain(chosen).collect();
    // A file of this folder has a parent without a name.
    let folder = args.scenario.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let now = Timestamp::now();
    let usual_nodes = scenario_text::usual_nodes(&args.scenario, &text);
    let file = ScenarioFile::parse(&file, &text, &overrides).map_err(Error::Faults)?;
    surroundings::check(&file, folder, args.infra).map_err(Error::Faults)?;
    let mut scenario = file.scenario.clone();
    absolute_chart(&mut scenario, folder)?;
    expired(&scenario, now);
    let build = builds::next(stage.toolbox.cache(), now).map_err(Error::Builds)?;
    let mut plan = plan(stage, args, overrides, scenario, usual_nodes, build, now)?;
    if args.infra == Provider::Kops {
        let kops = kops::plan(&plan.scenario, args, &plan.cluster);
        plan.kops = Some(kops.map_err(|found| Error::Faults(file.faults(found)))?);
    }
    check_jobs(&plan, &file).map_err(Error::Faults)?;
    check_secrets(&plan)?;
    for address in plan.baseline_buckets.iter().chain([&plan.bucket]) {
        bucket::check(address).map_err(Error::Bucket)?;
    }
    bucket::check_writable(&plan.bucket).map_err(Error::Bucket)?;
    write(stage, &plan, folder)?;
    let tests: Vec<&str> = plan.tests.iter().map(|test| test.test.test.as_str()).collect();
    let output = serde_json::to_string(&tests).unwrap_or_default();
    stage.workflow.output("tests", &output).map_err(Error::output)?;
    Ok(Planned::of(&plan))
}

/// Says which rules must be looked at again. They still hold: a date must not stop every run.
fn expired(scenario: &Scenario, now: Timestamp) {
    let today = now.strftime("%Y-%m-%d").to_string();
    for test in &scenario.suite {
        for rule in &test.judging {
            let expiry = rule.expiry.as_deref().filter(|expiry| today.as_str() > *expiry);
            if let (Some(expiry), Some(owner)) = (expiry, &rule.owner) {
                tracing::warn!(
                    "test `{}`: the rule for `{} {}` expired on {expiry} (hint: ask {owner})",
                    test.test,
                    rule.measurement,
                    rule.query
                );
            }
        }
    }
}

/// A chart is named relative to the scenario file, which later stages do not know.
fn absolute_chart(scenario: &mut Scenario, folder: &Path) -> Result<(), Error> {
    let Some(chart) = scenario.cilium.as_mut().and_then(|cilium| cilium.chart.as_mut()) else {
        return Ok(());
    };
    let path = fs::canonicalize(folder.join(&*chart))
        .map_err(|source| Error::Read { path: folder.join(&*chart), source })?;
    *chart = path.display().to_string();
    Ok(())
}

fn plan(
    stage: &Stage,
    args: &PlanArgs,
    mut overrides: Vec<Override>,
    scenario: Scenario,
    usual_nodes: u32,
    build: u64,
    created: Timestamp,
) -> Result<Plan, Error> {
    let branch = names::branch(&scenario, args.pull_request);
    let template = bucket::template(args.bucket.as_deref())
        .map_err(|source| Error::Read { path: "bucket".into(), source })?;
    // A pull request is compared with its branch, which may have another bucket.
    let base_branch = names::branch(&scenario, None);
    let baselines = match args.baseline_buckets.as_slice() {
        [] => std::slice::from_ref(&template),
        buckets => buckets,
    };
    overrides.extend(overrides::of_variables()?);
    let series = |branch: &str| Series {
        scenario: &scenario,
        usual_nodes,
        provider: args.infra,
        branch: branch.into(),
    };
    let (own, base) = (series(&branch), series(&base_branch));
    let tests = scenario.suite.iter().map(|test| PlannedTest {
        test: test.clone(),
        job: own.job(test, args.pull_request),
        baseline_job: base.job(test, None),
        build,
    });
    Ok(Plan {
        format: Format,
        run_id: names::run_id(&scenario, build, std::process::id()),
        attempt: args.attempt.or(stage.workflow.attempt).unwrap_or(1),
        created,
        planned_by: env!("CARGO_PKG_VERSION").into(),
        trigger: trigger(args, &stage.workflow),
        provider: args.infra,
        cluster: names::cluster(&scenario, args.infra, build),
        kops: None,
        baseline_buckets: baselines
            .iter()
            .map(|bucket| bucket.replace("{branch}", &base_branch))
            .collect(),
        bucket: template.replace("{branch}", &branch),
        suite_job: own.suite_job(),
        suite_build: build,
        tests: tests.collect(),
        overrides,
        steps: dag::steps(&scenario, args.infra),
        branch,
        scenario,
    })
}

/// Two tests that write into one build would each find the other's files there.
fn check_jobs(plan: &Plan, file: &ScenarioFile) -> Result<(), Faults> {
    let mut jobs = BTreeSet::from([plan.suite_job.as_str()]);
    let mut found = Vec::new();
    for (at, test) in plan.tests.iter().enumerate() {
        if !jobs.insert(&test.job) {
            let key = if test.test.job.is_some() { "job" } else { "test" };
            let what = format!(
                "writes into the job `{}`, which is another test's or the suite's (hint: give it another name or `job`)",
                test.job
            );
            found.push((format!("/suite/{at}/{key}"), what));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(file.faults(found)) }
}

/// The plan is exported with the results, and a Helm value in it must be the one that is installed:
/// a secret can neither stay nor be taken out.
fn check_secrets(plan: &Plan) -> Result<(), Error> {
    let value = serde_json::to_value(plan).map_err(Error::Scenario)?;
    match redaction::first_secret(&value) {
        None => Ok(()),
        Some(path) => Err(Error::Secret { path: redaction::redact(&path).into_owned() }),
    }
}

fn trigger(args: &PlanArgs, workflow: &Workflow) -> Trigger {
    let event = args.event.clone().or_else(|| workflow.event.clone());
    Trigger {
        event: event.unwrap_or_else(|| "manual".into()),
        repository: args.repository.clone().or_else(|| workflow.repository.clone()),
        actor: args.actor.clone().or_else(|| workflow.actor.clone()),
        sha: args.sha.clone(),
        base_sha: args.base_sha.clone(),
        pull_request: args.pull_request,
        run_url: args.run_url.clone(),
    }
}

/// Writes the run directory; `plan.json` comes last, so that a run directory is whole or none.
fn write(stage: &Stage, plan: &Plan, folder: &Path) -> Result<(), Error> {
    remove_partial_files(stage.run_dir.root()).map_err(Error::Write)?;
    for planned in &plan.tests {
        let test = &planned.test;
        if test.config.upstream().is_none() {
            let from = folder.join(&test.config.0);
            configs::copy(&from, &stage.run_dir.config(&test.test))
                .map_err(|source| Error::Configs { test: test.test.to_string(), source })?;
        }
    }
    let scenario = scenario::to_yaml(&plan.scenario).map_err(Error::Scenario)?;
    write_whole(&stage.run_dir.scenario_path(), scenario.as_bytes()).map_err(Error::Write)?;
    write_json(&stage.run_dir.metadata_path(), &metadata(plan)).map_err(Error::Write)?;
    write_json_as_is(&stage.run_dir.plan_path(), plan).map_err(Error::Write)
}

/// Removes what a plan that was killed was writing. Only files of the folder itself: without a plan
/// it may be anybody's.
fn remove_partial_files(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) && entry.path().is_file() {
            let path = entry.path();
            fs::remove_file(&path).map_err(|source| FileError::Write { path, source })?;
        }
    }
    Ok(())
}

fn metadata(plan: &Plan) -> Metadata {
    let asked = |what: &str| Found { asked: Some(what.into()), ..Found::default() };
    let mut versions = BTreeMap::new();
    let kubernetes = match plan.provider {
        Provider::Kops => plan.kops.as_ref().map_or("", |kops| &kops.kubernetes),
        Provider::Kwok => &plan.scenario.infra.kwok.kubernetes,
    };
    versions.insert("kubernetes".into(), asked(kubernetes));
    if let Some(kops) = &plan.kops {
        versions.insert("os".into(), asked(&kops.os));
        versions.insert("kernel".into(), asked(&kops.kernel));
    }
    if let Some(cilium) = &plan.scenario.cilium {
        let what = [&cilium.version, &cilium.sha, &cilium.chart];
        let what = what.into_iter().flatten().next().map_or("", String::as_str);
        versions.insert("cilium".into(), asked(what));
    }
    Metadata { versions: Versions(versions), ..Metadata::of(plan) }
}
