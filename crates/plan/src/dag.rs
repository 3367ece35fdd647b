//! The steps of the DAG, in an order in which they can be taken.

use run_record::{Step, When};
use scenario::{Before, Provider, Scenario, Test, TestName};

/// The steps that a run of `scenario` takes on `provider`.
#[must_use]
pub fn steps(scenario: &Scenario, provider: Provider) -> Vec<Step> {
    let infra = match provider {
        Provider::Kops => "infra-kops",
        Provider::Kwok => "infra-kwok",
    };
    let cilium = scenario.cilium.is_some();
    let nodes = scenario.cluster.nodes;
    let mut dag = Dag::default();

    // Nothing is pulled on simulated nodes.
    if cilium && provider == Provider::Kops {
        dag.setup("wait-images", "cilium-install", "wait-images", "Wait for Cilium's images");
    }
    dag.setup("create", infra, "create", "Create the control plane");
    if cilium {
        dag.setup("install", "cilium-install", "install", "Install Cilium");
    }
    dag.setup("monitor", "cl2-runner", "monitor", "Start monitoring");
    dag.setup("add-nodes", infra, "add-nodes", &format!("Add {nodes} nodes"));
    dag.setup("validate", infra, "validate", "Check the cluster");
    if cilium {
        dag.setup("wait", "cilium-install", "wait", "Wait for Cilium");
    }
    for test in &scenario.suite {
        dag.test(test, cilium);
    }
    dag.after("snapshot", "cl2-runner", "snapshot", "monitor", "Keep the Prometheus database");
    if cilium {
        dag.after("sysdump", "cilium-install", "sysdump", "install", "Keep the cluster's state");
    }
    dag.after("delete", infra, "delete", "create", "Delete the cluster");
    dag.always("conclude", "verdict", "conclude", &[], "Conclude the run");
    dag.always("export-suite", "artifact-gcs", "export", &["--suite"], "Export the suite's files");
    dag.steps
}

/// Steps, and the one that the next one builds on.
#[derive(Default)]
struct Dag {
    steps: Vec<Step>,
    last: Option<String>,
}

impl Dag {
    /// A step that everything after it builds on.
    fn setup(&mut self, id: &str, stage: &str, verb: &str, title: &str) {
        let needs = self.last.replace(id.into()).into_iter().collect();
        self.push(id, stage, verb, None, needs, When::Success, title);
    }

    /// The steps of one test; the next test builds on its reset.
    fn test(&mut self, test: &Test, cilium: bool) {
        let name = &test.test;
        let id = |verb: &str| format!("{verb}-{name}");
        if cilium && test.before.contains(&Before::InstallCilium) {
            let title = format!("Install Cilium for {name}");
            let needs = self.last.replace(id("install")).into_iter().collect();
            self.of_test(
                "install",
                "cilium-install",
                "install",
                name,
                needs,
                When::Success,
                &title,
            );
        }
        let needs = self.last.clone().into_iter().collect();
        let run = vec![id("run")];
        self.of_test(
            "run",
            "cl2-runner",
            "run",
            name,
            needs,
            When::Success,
            &format!("Run {name}"),
        );
        self.of_test(
            "fetch",
            "artifact-gcs",
            "fetch",
            name,
            run.clone(),
            When::Success,
            &format!("Fetch the baseline of {name}"),
        );
        let fetch = vec![id("fetch")];
        self.of_test(
            "judge",
            "verdict",
            "judge",
            name,
            fetch,
            When::Success,
            &format!("Judge {name}"),
        );
        self.of_test(
            "export",
            "artifact-gcs",
            "export",
            name,
            run.clone(),
            When::Begun,
            &format!("Export {name}"),
        );
        if cilium && !test.after.is_empty() {
            let title = format!("Reset after {name}");
            self.of_test("reset", "cilium-install", "reset", name, run, When::Settled, &title);
            self.last = Some(id("reset"));
        }
    }

    /// A step that is taken once `begun` was, whatever became of it.
    fn after(&mut self, id: &str, stage: &str, verb: &str, begun: &str, title: &str) {
        self.push(id, stage, verb, None, vec![begun.into()], When::Begun, title);
    }

    fn always(&mut self, id: &str, stage: &str, verb: &str, args: &[&str], title: &str) {
        self.push(id, stage, verb, None, Vec::new(), When::Always, title);
        if let Some(step) = self.steps.last_mut() {
            step.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field of the step")]
    fn of_test(
        &mut self,
        word: &str,
        stage: &str,
        verb: &str,
        test: &TestName,
        needs: Vec<String>,
        when: When,
        title: &str,
    ) {
        self.push(&format!("{word}-{test}"), stage, verb, Some(test), needs, when, title);
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field of the step")]
    fn push(
        &mut self,
        id: &str,
        stage: &str,
        verb: &str,
        test: Option<&TestName>,
        needs: Vec<String>,
        when: When,
        title: &str,
    ) {
        self.steps.push(Step {
            id: id.into(),
            stage: stage.into(),
            verb: verb.into(),
            test: test.cloned(),
            args: Vec::new(),
            needs,
            when,
            title: title.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(text: &str) -> Vec<String> {
        ids_on(Provider::Kwok, text)
    }

    fn ids_on(provider: Provider, text: &str) -> Vec<String> {
        let head = "format: 1\nname: s\nabout: {what: a, why: b, how-to-read: c}\n";
        let scenario = scenario::parse("s.yaml", &format!("{head}{text}"), &[]).unwrap();
        let steps = steps(&scenario, provider);
        let mut seen = BTreeSet::new();
        for step in &steps {
            assert!(
                step.needs.iter().all(|id| seen.contains(id)),
                "{} needs a later step",
                step.id
            );
            assert!(seen.insert(step.id.clone()), "{} stands twice", step.id);
        }
        steps.into_iter().map(|step| step.id).collect()
    }

    #[test]
    fn a_run_with_cilium_takes_the_steps_of_the_cfp() {
        let ids = ids(
            "cilium: {version: 1.20.2}\nsuite: [{test: a, config: c, before: [install-cilium], after: [restart-agents]}, {test: b, config: c}]\n",
        );

        assert_eq!(
            ids.join(" "),
            "create install monitor add-nodes validate wait \
             install-a run-a fetch-a judge-a export-a reset-a \
             run-b fetch-b judge-b export-b \
             snapshot sysdump delete conclude export-suite"
        );
    }

    #[test]
    fn images_are_waited_for_before_a_cluster_whose_nodes_pull_them() {
        let suite = "suite: [{test: a, config: c}]\n";
        let cilium = format!("cilium: {{version: 1.20.2}}\n{suite}");

        assert_eq!(ids_on(Provider::Kops, &cilium)[..2], ["wait-images", "create"]);
        assert_eq!(ids_on(Provider::Kwok, &cilium)[0], "create");
        assert_eq!(ids_on(Provider::Kops, suite)[0], "create");
    }

    #[test]
    fn a_run_without_cilium_takes_no_step_of_it() {
        assert!(!ids("suite: [{test: a, config: c}]\n").join(" ").contains("install"));
    }
}
