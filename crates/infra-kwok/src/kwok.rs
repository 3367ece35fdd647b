//! kwok: what it is started with, and the stages by which nodes and pods live.

use run_record::{FileError, write_whole};
use scenario::Scenario;

use crate::{cilium_stand_in, pki::Client, ports::Ports, private::Private};

/// The stages of pods and the configuration, with a place for the delay.
const PODS: &str = include_str!("stages/pods.yaml");

/// The stages of nodes that need nobody to become ready.
const NODES: &str = include_str!("stages/nodes.yaml");

pub(crate) fn args(private: &Private, ports: Ports) -> Vec<String> {
    let kubeconfig = private.config(&format!("{}.kubeconfig", Client::Kwok.name()));
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        format!("--config={}", path(private).display()),
        format!("--server-address=127.0.0.1:{}", ports.kwok),
        // A line for each change of each pod would be most of the run directory.
        "--v=WARN".into(),
    ]
}

fn path(private: &Private) -> std::path::PathBuf {
    private.config("kwok.yaml")
}

/// Writes the stages. kwok's own are gone as soon as one is given: these are all there are.
pub(crate) fn write(private: &Private, scenario: &Scenario) -> Result<(), FileError> {
    write_whole(&path(private), stages(scenario).as_bytes())
}

fn stages(scenario: &Scenario) -> String {
    let delay = scenario.infra.kwok.pod_ready_delay_ms.to_string();
    let nodes = if scenario.cilium.is_some() { cilium_stand_in::STAGES } else { NODES };
    format!("{}---\n{nodes}", PODS.replace("POD_READY_DELAY_MS", &delay))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(more: &str) -> Scenario {
        let text = format!(
            "format: 1\nname: t\nabout: {{what: a, why: b, how-to-read: c}}\nsuite: [{{test: a, config: b}}]\n{more}"
        );
        scenario::parse("t.yaml", &text, &[]).unwrap()
    }

    #[test]
    fn a_planted_delay_reaches_the_stage_that_makes_pods_ready() {
        let slow = stages(&scenario("infra: {kwok: {pod-ready-delay-ms: 1234}}\n"));

        assert!(slow.contains("durationMilliseconds: 1234\n"));
        assert!(!slow.contains("POD_READY_DELAY_MS"));
    }

    #[test]
    fn nodes_wait_for_cilium_only_where_there_is_one() {
        assert!(!stages(&scenario("")).contains("CiliumIsUp"));
        assert!(stages(&scenario("cilium: {version: 1.20.2}\n")).contains("CiliumIsUp"));
    }

    #[test]
    fn pods_of_jobs_do_not_complete_by_themselves() {
        assert!(!stages(&scenario("")).contains("Succeeded"));
    }
}
