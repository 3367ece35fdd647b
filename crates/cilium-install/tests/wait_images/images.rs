//! Which images are waited for, and that they are.

use std::{env, fs, os::unix::fs::PermissionsExt};

use run_record::Outcome;
use stage::testing::FakeTools;

use crate::{
    case::{Case, SHA, helm, pinned, said},
    registry::Registry,
};

#[test]
fn the_images_of_a_release_are_there() {
    let tools = FakeTools::new().unwrap().program("helm", "exit 1").unwrap();
    let case = Case::with("{ version: 1.20.2, values: { debug: { enabled: true } } }", tools);

    let output = case.run();

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout.trim(), "Cilium 1.20.2 is a release: its images are there");
}

#[test]
fn a_release_that_does_not_exist_is_found_out_before_anything_is_made() {
    // Nothing is asked of a network: Go says the same of a version that its proxy does not know.
    let tools = FakeTools::new().unwrap().variable("GOPROXY", "off");
    let case = Case::with("{ version: 1.20.99 }", tools);

    let output = case.run();

    assert_eq!(output.status.code(), Some(1));
    let hint =
        "failed to get the files of Cilium 1.20.99 (hint: is there such a release or commit?)";
    assert!(said(&output).contains(hint), "{}", said(&output));
}

#[test]
fn a_mistyped_value_is_found_out_before_anything_is_made() {
    let case = Case::new("{ version: 1.20.2, values: { kubeProxyReplacment: true } }");

    let output = case.run();

    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("(hint: `kubeProxyReplacement`)"), "{}", said(&output));
}

#[test]
fn images_of_a_commit_are_waited_for_until_they_are_pushed() {
    let registry = Registry::start();
    let agent = registry.push_list("c/cilium-ci", SHA, &["linux/amd64", "linux/arm64"]);
    let case = Case::of_commit(registry.port, 45);
    let name = |name: &str| format!("localhost:{}/c/{name}:{SHA}", registry.port);

    let mut running = case.begin();
    running.until("operator-generic-ci:0123456789abcdef0123456789abcdef01234567 is not there yet");
    let operator = registry.push("c/operator-generic-ci", SHA);
    let (code, rest) = running.end();

    assert_eq!(code, Some(0), "{rest}");
    assert_eq!(case.images(), [name("cilium-ci"), name("operator-generic-ci")]);
    for (part, image, digest) in [
        ("cilium-ci-digest", name("cilium-ci"), agent),
        ("operator-generic-ci-digest", name("operator-generic-ci"), operator),
    ] {
        let version = case.version(part);
        assert_eq!(version.asked, Some(image));
        assert_eq!(version.found.into_keys().collect::<Vec<_>>(), [digest]);
    }
    let facts = case.record().facts;
    assert_eq!(facts["images"][0]["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert!(facts["images"][1]["looks"].as_u64().unwrap() > 1);
}

#[test]
fn the_chart_of_a_commit_comes_by_the_commit() {
    let registry = Registry::start();
    let sha = "f".repeat(40);
    registry.push("c/cilium-ci", &sha);
    let go = tempfile::tempdir().unwrap();
    let asked = format!("*\" github.com/cilium/cilium@{sha}\"");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in {asked}) echo '{{\"Dir\": \"{}\"}}';; *) exit 1;; esac\n",
        pinned().display()
    );
    fs::write(go.path().join("go"), script).unwrap();
    fs::set_permissions(go.path().join("go"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", go.path().display(), env::var("PATH").unwrap());
    let at =
        |name: &str| format!("image: {{ repository: \"localhost:{}/{name}\" }}", registry.port);
    let cilium = format!(
        "{{ sha: {sha}, values: {{ {}, operator: {{ enabled: false }}, envoy: {{ enabled: false }} }} }}",
        at("c/cilium-ci")
    );
    let case = Case::with(&cilium, helm().variable("PATH", &path));

    let output = case.run();

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(case.images(), [format!("localhost:{}/c/cilium-ci:{sha}", registry.port)]);
}

#[test]
fn of_a_release_only_what_the_scenario_puts_in_its_place_is_waited_for() {
    let registry = Registry::start();
    registry.push("mine/agent", "v1.20.2");
    let image = format!("image: {{ repository: \"localhost:{}/mine/agent\" }}", registry.port);
    // The operator's and Envoy's are on the network, and not looked for.
    let case = Case::new(&format!("{{ version: 1.20.2, values: {{ {image} }} }}"));

    let output = case.run();

    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(case.images(), [format!("localhost:{}/mine/agent:v1.20.2", registry.port)]);
}

#[test]
fn an_image_that_never_comes_is_named_and_timed_out() {
    let registry = Registry::start();
    registry.push("c/cilium-ci", SHA);
    let case = Case::of_commit(registry.port, 0);

    let output = case.run();

    assert_eq!(output.status.code(), Some(13), "{}", said(&output));
    let record = case.record();
    assert_eq!(record.outcome, Outcome::TimedOut);
    let errors = record.errors.join(": ");
    assert!(errors.contains("c/operator-generic-ci:"), "{errors}");
    assert!(!errors.contains("c/cilium-ci:"), "{errors}");
}

#[test]
fn an_image_of_another_platform_is_misuse() {
    let registry = Registry::start();
    registry.push_list("c/cilium-ci", SHA, &["linux/s390x"]);
    registry.push("c/operator-generic-ci", SHA);
    let case = Case::of_commit(registry.port, 45);

    let output = case.run();

    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("is built for linux/s390x, and not for linux/"));
}
