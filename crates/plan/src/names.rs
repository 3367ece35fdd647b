//! Every name a run gives to something outside: the cluster, the jobs.

use scenario::{Provider, Scenario, Test};

/// Longest name Google Compute Engine takes; kops adds prefixes of its own to a cluster's name.
const LONGEST_CLUSTER: usize = 40;

/// Name of the run: the scenario, its build number and the process that planned it. The number alone
/// is another run's too where two caches of one machine give it out in the same second, and each of
/// the two would end the other's processes.
pub(crate) fn run_id(scenario: &Scenario, build: u64, process: u32) -> String {
    format!("{}-{build}-{process:x}", scenario.name)
}

/// Name of the cluster: the run's, shortened so that every name made from it fits.
pub(crate) fn cluster(scenario: &Scenario, build: u64) -> String {
    let number = build.to_string();
    let room = LONGEST_CLUSTER.saturating_sub(number.len() + 1);
    let head: String = scenario.name.chars().take(room).collect();
    format!("{}-{number}", head.trim_end_matches('-'))
}

/// What sets one series of results apart from another: node count, provider and metric epoch never
/// mix in one job.
pub(crate) struct Series<'s> {
    /// The scenario after overrides.
    pub(crate) scenario: &'s Scenario,
    /// Worker nodes that the scenario file itself asks for.
    pub(crate) usual_nodes: u32,
    /// Who builds the cluster.
    pub(crate) provider: Provider,
    /// The branch, with the pull request if there is one.
    pub(crate) branch: String,
}

impl Series<'_> {
    /// Job of one test; a pull request's never is the branch's own.
    pub(crate) fn job(&self, test: &Test, pull_request: Option<u64>) -> String {
        if let Some(job) = &test.job {
            return match pull_request {
                Some(number) => format!("{job}-pr-{number}"),
                None => job.clone(),
            };
        }
        let epoch = match test.epoch {
            1 => String::new(),
            epoch => format!("-e{epoch}"),
        };
        self.named(&format!("{}{epoch}", test.test))
    }

    /// Job of the suite's own files.
    pub(crate) fn suite_job(&self) -> String {
        self.named("suite")
    }

    fn named(&self, part: &str) -> String {
        let provider = match self.provider {
            Provider::Kops => "",
            Provider::Kwok => "-kwok",
        };
        let nodes = match self.scenario.cluster.nodes {
            nodes if nodes == self.usual_nodes => String::new(),
            nodes => format!("-n{nodes}"),
        };
        format!("{}-{part}{nodes}{provider}-{}", self.scenario.name, self.branch)
    }
}

/// The branch of a run: Cilium's, and the pull request's own series beside it.
pub(crate) fn branch(scenario: &Scenario, pull_request: Option<u64>) -> String {
    let branch = scenario.cilium.as_ref().map_or("main".into(), scenario::Cilium::branch);
    match pull_request {
        Some(number) => format!("{branch}-pr-{number}"),
        None => branch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = "format: 1\nname: load-100\nabout: {what: a, why: b, how-to-read: c}\n\
        cilium: {version: 1.18.3}\nsuite: [{test: load, config: c.yaml}, {test: churn, config: c.yaml, epoch: 2}]\n";

    fn job(provider: Provider, overrides: &[&str], test: usize) -> String {
        let overrides: Vec<_> = overrides.iter().map(|text| text.parse().unwrap()).collect();
        let scenario = scenario::parse("s.yaml", SCENARIO, &overrides).unwrap();
        let branch = branch(&scenario, None);
        let series = Series { scenario: &scenario, usual_nodes: 100, provider, branch };
        series.job(&scenario.suite[test], None)
    }

    #[test]
    fn provider_node_count_and_epoch_never_mix_in_one_job() {
        assert_eq!(job(Provider::Kops, &[], 0), "load-100-load-v1.18");
        assert_eq!(job(Provider::Kwok, &[], 0), "load-100-load-kwok-v1.18");
        assert_eq!(job(Provider::Kwok, &["cluster.nodes=7"], 0), "load-100-load-n7-kwok-v1.18");
        assert_eq!(job(Provider::Kwok, &[], 1), "load-100-churn-e2-kwok-v1.18");
        assert_eq!(job(Provider::Kwok, &["suite.0.job=scale-100-main"], 0), "scale-100-main");
    }

    #[test]
    fn a_cluster_of_a_long_scenario_keeps_its_number() {
        let mut scenario = scenario::parse("s.yaml", SCENARIO, &[]).unwrap();
        scenario.name = "a".repeat(29) + "-" + &"b".repeat(10);

        let name = cluster(&scenario, 1_763_941_200);

        assert!(name.len() <= LONGEST_CLUSTER && name.ends_with("a-1763941200"), "{name}");
    }

    #[test]
    fn a_pull_request_never_writes_into_the_series_of_its_branch() {
        let overrides = ["suite.0.job=scale-100-main".parse().unwrap()];
        let scenario = scenario::parse("s.yaml", SCENARIO, &overrides).unwrap();
        let branch = branch(&scenario, Some(5));
        let series =
            Series { scenario: &scenario, usual_nodes: 100, provider: Provider::Kops, branch };

        assert_eq!(series.job(&scenario.suite[0], Some(5)), "scale-100-main-pr-5");
        assert_eq!(series.job(&scenario.suite[1], Some(5)), "load-100-churn-e2-v1.18-pr-5");
    }
}
