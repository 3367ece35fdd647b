//! A plan as `plan` makes it, for tests.

use std::{fs, path::Path};

use run_record::{Cost, KopsPlan, Plan};
use scenario::Provider;

/// The plan of the project's own scenario of 100 nodes, with these values of it replaced.
pub(crate) fn plan(overrides: &[&str]) -> (Plan, KopsPlan) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/load-100.yaml");
    let overrides: Vec<_> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    let text = fs::read_to_string(path).unwrap();
    let scenario = scenario::parse("load-100.yaml", &text, &overrides).unwrap();
    let kops = KopsPlan {
        project: "scale-tests".into(),
        state_store: "gs://state/kops".into(),
        lease_store: "gs://state/perf-scale-leases".into(),
        zones: scenario.cluster.zones.clone(),
        region: "us-west1".into(),
        kubernetes: "1.35.5".into(),
        os: "ubuntu-24.04".into(),
        kernel: "6.11".into(),
        image: "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20250606".into(),
        lease_minutes: 420,
        estimate: Cost { usd_per_hour: 5.0, hours: 3.0, usd: 15.0, prices: "2026-11-27".into() },
    };
    let plan = Plan {
        run_id: "load-100-1-a".into(),
        provider: Provider::Kops,
        cluster: "load-100-1.k8s.local".into(),
        kops: Some(kops.clone()),
        ..stage::testing::plan(scenario)
    };
    (plan, kops)
}
