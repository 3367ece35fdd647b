//! Every name a run gives to something outside: the cluster, the jobs.

use scenario::{Provider, Scenario, Test};

/// Longest name of a cluster on this machine: it stands in names of processes and folders.
const LONGEST_CLUSTER: usize = 40;

/// Longest name that Google Compute Engine takes.
const LONGEST_RESOURCE: usize = 63;

/// The longest thing that kops puts before the cluster's name. It cuts what gets too long and adds a
/// hash, and the name of the cluster could no longer be seen in it; so nothing is to get too long.
const LONGEST_PREFIX: &str = "nodeport-external-to-node-ipv6-";

/// The end of a name for which kops needs no DNS zone.
const GOSSIP: &str = ".k8s.local";

/// Name of the run: the scenario, its build number and the process that planned it. The number alone
/// is another run's too where two caches of one machine give it out in the same second, and each of
/// the two would end the other's processes.
pub(crate) fn run_id(scenario: &Scenario, build: u64, process: u32) -> String {
    format!("{}-{build}-{process:x}", scenario.name)
}

/// Name of the cluster: the run's, shortened so that every name made from it fits.
pub(crate) fn cluster(scenario: &Scenario, provider: Provider, build: u64) -> String {
    let number = build.to_string();
    let (longest, end) = match provider {
        Provider::Kops => (LONGEST_RESOURCE - LONGEST_PREFIX.len() - GOSSIP.len(), GOSSIP),
        Provider::Kwok => (LONGEST_CLUSTER, ""),
    };
    let room = longest.saturating_sub(number.len() + 1);
    let head: String = scenario.name.chars().take(room).collect();
    format!("{}-{number}{end}", head.trim_end_matches('-'))
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

        let name = cluster(&scenario, Provider::Kwok, 1_763_941_200);

        assert!(name.len() <= LONGEST_CLUSTER && name.ends_with("a-1763941200"), "{name}");
    }

    #[test]
    fn no_name_of_a_kops_cluster_passes_googles_63_characters() {
        let mut scenario = scenario::parse("s.yaml", SCENARIO, &[]).unwrap();
        // What the scenario's name makes of the longest name, were it not shortened.
        for (length, whole) in [(63, true), (64, false), (65, false)] {
            scenario.name =
                "a".repeat(length - "-1763941200.k8s.local".len() - LONGEST_PREFIX.len());

            let name = cluster(&scenario, Provider::Kops, 1_763_941_200);
            let longest = format!("{LONGEST_PREFIX}{}", name.replace('.', "-"));

            assert_eq!(longest.len(), 63, "{longest}");
            assert_eq!(name.starts_with(&format!("{}-", scenario.name)), whole, "{name}");
            assert!(name.ends_with("-1763941200.k8s.local"), "{name}");
        }
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
