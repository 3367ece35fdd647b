//! What a scenario needs around it: its configs, its chart, and a provider that can do it.

use std::path::Path;

use scenario::{Faults, Provider, ScenarioFile, Test};

/// Everything that `file`, which lies in `folder`, needs and has not.
pub(crate) fn check(file: &ScenarioFile, folder: &Path, provider: Provider) -> Result<(), Faults> {
    let scenario = &file.scenario;
    let mut found = Vec::new();
    for (at, test) in scenario.suite.iter().enumerate() {
        let path = folder.join(&test.config.0);
        if test.config.upstream().is_none() && !path.is_file() {
            found.push((
                format!("/suite/{at}/config"),
                format!(
                    "there is no file `{}` (hint: a path below the scenario's folder, or `upstream:load/config.yaml`)",
                    path.display()
                ),
            ));
        }
        if test.config.upstream().is_none() && path.is_file() {
            found.extend(unread(at, test, &path));
        }
    }
    if let Some(chart) = scenario.cilium.as_ref().and_then(|cilium| cilium.chart.as_ref())
        && !folder.join(chart).join("Chart.yaml").is_file()
    {
        found.push((
            "/cilium/chart".into(),
            format!(
                "`{}` holds no chart (hint: the folder of a `Chart.yaml`, relative to the scenario file)",
                folder.join(chart).display()
            ),
        ));
    }
    let pinned = stage::PINS.iter().find(|pin| pin.name == "kube-apiserver");
    let pinned = pinned.map_or("unknown", |pin| pin.module.version());
    let asked = &scenario.infra.kwok.kubernetes;
    if provider == Provider::Kwok && asked != pinned {
        found.push((
            "/infra/kwok/kubernetes".into(),
            format!(
                "{asked} is not the pinned control plane, {pinned} (hint: change `tools/kubernetes` to build another)"
            ),
        ));
    }
    if found.is_empty() { Ok(()) } else { Err(file.faults(found)) }
}

/// The overrides of the test number `at` that its config at `path` does not read. What configs of
/// ClusterLoader2 itself read is known only once it is there: cl2-runner looks then.
fn unread(at: usize, test: &Test, path: &Path) -> Vec<(String, String)> {
    let fault = |(name, meant): (String, Option<String>)| {
        let hint = match meant {
            Some(meant) => format!("`{meant}`?"),
            None => "remove it".into(),
        };
        let what = format!("`{}` and what lies beside it read no such variable", path.display());
        (format!("/suite/{at}/overrides/{name}"), format!("{what} (hint: {hint})"))
    };
    stage::unread(path, &test.overrides).into_iter().map(fault).collect()
}
