//! The namespaces of a test, which must not run their load beside the next test.

use std::{fs, path::Path, time::Duration};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams},
};
use stage::Stage;
use tokio::time::timeout;

/// Longest time for asking: a cancelled step has five seconds in all.
const ASK: Duration = Duration::from_secs(2);

/// Asks for the end of the namespaces that the test with this report left. Nobody waits for it:
/// the API server takes at least 5 s, and the next test waits for what is still there.
pub(crate) async fn end(stage: &Stage, report: &Path) {
    let prefixes = prefixes(report);
    if prefixes.is_empty() {
        return;
    }
    let ending = async {
        let client = stage::client(&stage.run_dir).await.map_err(|error| error.to_string())?;
        delete(client, &prefixes).await.map_err(|error| error.to_string())
    };
    match timeout(ASK, ending).await {
        Ok(Ok(ended)) => tracing::debug!("asked for the end of {ended} namespaces"),
        Ok(Err(error)) => tracing::warn!("the test's namespaces may still be there: {error}"),
        Err(_) => tracing::warn!("the test's namespaces may still be there: no answer"),
    }
}

async fn delete(client: Client, prefixes: &[String]) -> Result<usize, kube::Error> {
    let api: Api<Namespace> = Api::all(client);
    let mut ended = 0;
    for namespace in api.list_metadata(&ListParams::default()).await? {
        let name = namespace.name_any();
        if prefixes.iter().any(|prefix| is_of(&name, prefix)) {
            api.delete(&name, &DeleteParams::default()).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Whether ClusterLoader2 made the namespace: it adds a number to the prefix.
fn is_of(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// The prefixes of namespaces in the configs that ClusterLoader2 wrote down before it began.
fn prefixes(report: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(report) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("generatedConfig_"))
        .filter_map(|entry| prefix(&fs::read_to_string(entry.path()).ok()?).map(str::to_owned))
        .collect()
}

/// `prefix` under `namespace` at the top of a config.
fn prefix(generated: &str) -> Option<&str> {
    generated
        .lines()
        .skip_while(|line| *line != "namespace:")
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .find_map(|line| line.strip_prefix("  prefix: "))
        .map(|prefix| prefix.trim_matches(['"', '\'']))
        .filter(|prefix| !prefix.is_empty())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn the_prefix_is_that_of_the_generated_config() {
        let report = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-100");

        assert_eq!(prefixes(&report), ["test-rke4jc"]);
        assert_eq!(prefix("name: a\nsteps:\n  prefix: b\n"), None);
    }

    #[test]
    fn only_numbered_namespaces_are_the_tests() {
        assert!(is_of("test-rke4jc-1", "test-rke4jc"));
        assert!(is_of("test-rke4jc-12", "test-rke4jc"));
        for other in
            ["test-rke4jc", "test-rke4jc-", "test-rke4jcx-1", "monitoring", "test-rke4jc-1-a"]
        {
            assert!(!is_of(other, "test-rke4jc"), "{other}");
        }
    }
}
