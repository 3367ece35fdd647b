//! The builds that a release has once it is tested, and what those that are there make of it.

use std::{collections::BTreeMap, path::Path};

use run_record::{Outcome, Verdict};
use scenario::{Override, Provider, ScenarioFile};
use semver::Version;
use serde::Serialize;

use crate::{
    error::Error,
    listed_build::ListedBuild,
    names::{self, Series},
    overrides,
};

/// How a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Every test has a verdict on it.
    Tested,
    /// It is to be tested now.
    Due,
    /// It is to be tested, after others.
    Later,
    /// It was published just now.
    Young,
    /// It was tried often enough.
    GivenUp,
}

impl State {
    /// The word for it, as in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::Due => "due",
            Self::Later => "later",
            Self::Young => "young",
            Self::GivenUp => "given-up",
        }
    }
}

/// The scenario that releases are tested with.
pub(crate) struct Suite<'s> {
    /// Path of the scenario file.
    pub(crate) path: &'s Path,
    /// Its text.
    pub(crate) text: &'s [u8],
    /// What is replaced in it.
    pub(crate) overrides: &'s [Override],
    /// Who builds the cluster.
    pub(crate) provider: Provider,
    /// The bucket, with `{branch}` in it or not.
    pub(crate) bucket: &'s str,
    /// Worker nodes that the scenario file itself asks for.
    pub(crate) usual_nodes: u32,
    /// The caller's variables.
    pub(crate) variables: Vec<Override>,
}

/// The builds that a release has once it is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedBuilds {
    version: String,
    /// The bucket they are in.
    pub(crate) bucket: String,
    /// The job of each test.
    tests: Vec<(String, String)>,
    suite_job: String,
    /// The overrides that they have, the Cilium apart.
    conditions: Vec<Override>,
}

impl WantedBuilds {
    /// Those of `version`: the ones that `plan plan --cilium-version` would name.
    pub(crate) fn of(suite: &Suite<'_>, version: &Version) -> Result<Self, Error> {
        let version = version.to_string();
        let overrides = [suite.overrides, &[overrides::of_cilium(&version)?]].concat();
        let file = suite.path.display().to_string();
        let file = ScenarioFile::parse(&file, suite.text, &overrides).map_err(Error::Faults)?;
        let scenario = &file.scenario;
        let series = Series {
            scenario,
            usual_nodes: suite.usual_nodes,
            provider: suite.provider,
            branch: names::branch(scenario, None),
        };
        let tests = scenario.suite.iter();
        Ok(Self {
            version,
            bucket: suite.bucket.replace("{branch}", &series.branch),
            tests: tests.map(|test| (test.test.to_string(), series.job(test, None))).collect(),
            suite_job: series.suite_job(),
            conditions: conditions(&[suite.overrides, &suite.variables].concat()),
        })
    }

    /// The jobs they are in.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &String> {
        self.tests.iter().map(|(_, job)| job).chain([&self.suite_job])
    }

    /// How the release stands, and why, by the `builds` in its bucket. After `most` runs without
    /// verdicts it is given up.
    pub(crate) fn state(&self, builds: &[ListedBuild], most: usize) -> (State, String) {
        let own: Vec<&ListedBuild> = builds.iter().filter(|build| self.is_own(build)).collect();
        let judged = |job: &str| own.iter().any(|build| build.job == job && is_judged(build));
        let open = self.tests.iter().filter(|(_, job)| !judged(job));
        let open: Vec<String> = open.map(|(test, _)| format!("`{test}`")).collect();
        if open.is_empty() {
            return (State::Tested, "every test has a verdict".into());
        }
        let runs = self.runs(&own);
        if runs.is_empty() {
            return (State::Due, "there is no build of it".into());
        }
        let open = open.join(", ");
        let ended: Vec<&str> = runs.values().map(String::as_str).collect();
        let (word, ended) = (if runs.len() == 1 { "run" } else { "runs" }, ended.join(", "));
        let why = format!("no verdict on {open} after {} {word}: {ended}", runs.len());
        (if runs.len() < most { State::Due } else { State::GivenUp }, why)
    }

    /// How each run of the release ended, by its number.
    fn runs(&self, own: &[&ListedBuild]) -> BTreeMap<u64, String> {
        let mut runs = BTreeMap::new();
        for build in own {
            let ended = runs.entry(build.build).or_insert_with(|| "not concluded".into());
            if let Some(outcome) = build.outcome.filter(|_| build.job == self.suite_job) {
                *ended = outcome.to_string();
            }
        }
        runs
    }

    /// Whether `build` is of this very version, and of no experiment.
    fn is_own(&self, build: &ListedBuild) -> bool {
        build.version.as_ref() == Some(&self.version)
            && self.jobs().any(|job| *job == build.job)
            && conditions(&build.overrides) == self.conditions
    }
}

/// Whether a build says how good Cilium is. One that is suspect asks for a second run.
fn is_judged(build: &ListedBuild) -> bool {
    build.outcome == Some(Outcome::Done)
        && build.verdict.is_some_and(|verdict| verdict != Verdict::Suspect)
}

/// The overrides that change what a result means, sorted.
fn conditions(overrides: &[Override]) -> Vec<Override> {
    let kept = overrides.iter().filter(|change| !change.chooses_cilium());
    let mut conditions: Vec<Override> = kept.cloned().collect();
    conditions.sort();
    conditions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario_text::usual_nodes;

    const SCENARIO: &str = "format: 1\nname: load-100\nabout: {what: a, why: b, how-to-read: c}\n\
        cilium: {version: 1.18.3}\nsuite: [{test: load, config: c.yaml}, {test: churn, config: c.yaml}]\n";

    fn wanted(version: &str, overrides: &[&str]) -> WantedBuilds {
        let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
        let suite = Suite {
            path: Path::new("s.yaml"),
            text: SCENARIO.as_bytes(),
            overrides: &overrides,
            provider: Provider::Kops,
            bucket: "gs://perf-{branch}",
            usual_nodes: usual_nodes(Path::new("s.yaml"), SCENARIO.as_bytes()),
            variables: Vec::new(),
        };
        WantedBuilds::of(&suite, &version.parse().unwrap()).unwrap()
    }

    /// A build of run `build`; the suite's has no verdict.
    fn build(part: &str, build: u64, outcome: Outcome, verdict: Option<Verdict>) -> ListedBuild {
        ListedBuild {
            job: format!("load-100-{part}-v1.19"),
            build,
            outcome: Some(outcome),
            verdict,
            version: Some("1.19.2".into()),
            overrides: vec!["cilium.version=1.19.2".parse().unwrap()],
        }
    }

    fn passed(part: &str) -> ListedBuild {
        build(part, 1, Outcome::Done, Some(Verdict::Pass))
    }

    #[test]
    fn a_release_is_looked_for_where_its_run_would_export() {
        let wanted = wanted("1.19.2", &["cluster.nodes=5"]);

        assert_eq!(wanted.bucket, "gs://perf-v1.19");
        let jobs: Vec<&str> = wanted.jobs().map(String::as_str).collect();
        assert_eq!(
            jobs,
            ["load-100-load-n5-v1.19", "load-100-churn-n5-v1.19", "load-100-suite-n5-v1.19"]
        );
    }

    #[test]
    fn a_release_is_tested_once_every_test_has_a_verdict_on_this_very_version() {
        let wanted = wanted("1.19.2", &[]);
        let regressed = build("churn", 2, Outcome::Done, Some(Verdict::Regressed));
        let older = ListedBuild { version: Some("1.19.1".into()), ..regressed.clone() };
        let state = |builds: &[ListedBuild]| wanted.state(builds, 3).0;

        assert_eq!(state(&[]), State::Due);
        assert_eq!(state(&[passed("load")]), State::Due);
        assert_eq!(state(&[passed("load"), older]), State::Due);
        assert_eq!(state(&[passed("load"), regressed]), State::Tested);
    }

    #[test]
    fn an_experiment_tests_nothing_but_itself() {
        let change = |mut build: ListedBuild| {
            build.overrides.push("cluster.zones=[\"a\"]".parse().unwrap());
            build
        };
        let plain = [passed("load"), passed("churn")];
        let experiment = plain.clone().map(change);

        assert_eq!(wanted("1.19.2", &[]).state(&experiment, 3).0, State::Due);
        let own = wanted("1.19.2", &["cluster.zones=[\"a\"]"]);
        assert_eq!(own.state(&experiment, 3).0, State::Tested);
        assert_eq!(own.state(&plain, 3).0, State::Due);
    }

    #[test]
    fn runs_without_verdicts_are_taken_again_but_not_for_ever() {
        let wanted = wanted("1.19.2", &[]);
        let mut builds = vec![
            passed("load"),
            build("suite", 1, Outcome::Infrastructure, None),
            build("churn", 2, Outcome::Failed, None),
            build("churn", 3, Outcome::Done, Some(Verdict::Suspect)),
        ];

        let (state, why) = wanted.state(&builds, 4);
        assert_eq!(state, State::Due, "{why}");
        let (state, why) = wanted.state(&builds, 3);
        assert_eq!(state, State::GivenUp);
        assert_eq!(
            why,
            "no verdict on `churn` after 3 runs: infrastructure, not concluded, not concluded"
        );
        builds.push(passed("churn"));
        assert_eq!(wanted.state(&builds, 3).0, State::Tested);
    }
}
