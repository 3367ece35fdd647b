//! The project's own scenarios override only what ClusterLoader2's own configs read: what they do not
//! read would be ignored without a word.

use std::{fs, path::Path};

use stage::{Cancel, Toolbox};

#[tokio::test]
async fn every_scenario_overrides_only_what_its_upstream_config_reads() {
    let toolbox = Toolbox::from_env(&Cancel::default());
    let configs = toolbox.source("clusterloader2-tests", None).await.unwrap().join("testing");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut looked_at = 0;

    for entry in fs::read_dir(scenarios).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let scenario = scenario::parse(&path.to_string_lossy(), &text, &[]).unwrap();
        for test in &scenario.suite {
            let Some(config) = test.config.upstream() else { continue };
            looked_at += 1;

            let unread = stage::unread(&configs.join(config), &test.overrides);

            assert_eq!(unread, [], "{}: {}", path.display(), test.test);
        }
    }
    assert!(looked_at >= 2, "no scenario has a config of ClusterLoader2's own");
}
