//! What a scenario needs around it: its configs, its chart, and a provider that can do it.

use std::path::Path;

use scenario::{Faults, Provider, ScenarioFile};

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
