//! What a run on kops is, and everything that keeps it from being one.

use run_record::{BucketAddress, KopsPlan};
use scenario::Scenario;

use crate::{
    kops_matrix,
    prices::{self, estimate},
    verb::PlanArgs,
};

/// Folder of the leases in the bucket of the state store.
const LEASES: &str = "perf-scale-leases";

/// What is wrong, each with the place in the scenario.
type Found = Vec<(String, String)>;

/// What the run of `scenario` on the kops cluster `cluster` is.
pub(crate) fn plan(scenario: &Scenario, args: &PlanArgs, cluster: &str) -> Result<KopsPlan, Found> {
    let (asked, kops) = (&scenario.cluster, &scenario.infra.kops);
    let mut found = Found::new();
    let mut fault = |key: &str, what: String| found.push((format!("/{key}"), what));

    let project = args.project.clone().or_else(|| kops.project.clone()).unwrap_or_default();
    if project.is_empty() {
        let what = "is missing (hint: `--project`, or the environment's `PERF_SCALE_GCP_PROJECT`)";
        fault("infra/kops/project", what.into());
    }
    let state_store = args.state_store.clone().or_else(|| kops.state_store.clone());
    let state_store = state_store.unwrap_or_default().trim_end_matches('/').to_owned();
    if state_store.is_empty() {
        let what = "is missing (hint: `--state-store gs://bucket`, or the environment's `PERF_SCALE_STATE_STORE`)";
        fault("infra/kops/state-store", what.into());
    } else if bucket(&state_store).is_none() {
        let what = format!("`{state_store}` is no bucket of Google's (hint: `gs://bucket/prefix`)");
        fault("infra/kops/state-store", what);
    }
    let in_state_store = bucket(&state_store).map(|bucket| format!("gs://{bucket}/{LEASES}"));
    let lease_store = kops.lease_store.clone().or(in_state_store).unwrap_or_default();
    let own = format!("{state_store}/{cluster}");
    if lease_store == own || lease_store.starts_with(&format!("{own}/")) {
        let what = format!("lies in `{own}`, which kops deletes (hint: leave it out)");
        fault("infra/kops/lease-store", what);
    }

    let region = match one_region(&asked.zones) {
        Ok(region) => region,
        Err(what) => {
            fault("cluster/zones", what);
            String::new()
        }
    };
    if kops.control_plane.count % 2 == 0 {
        let what =
            format!("{} machines have no majority (hint: 1, 3 or 5)", kops.control_plane.count);
        fault("infra/kops/control-plane/count", what);
    }

    let pinned = stage::PINS.iter().find(|pin| pin.name == "kops");
    let pinned = pinned.map_or(kops_matrix::TESTED, |pin| pin.module.version());
    let (key, kubernetes) = match &kops.kubernetes {
        Some(own) => ("infra/kops/kubernetes", own),
        None => ("cluster/kubernetes", &asked.kubernetes),
    };
    if let Some(what) = kops_matrix::refusal(pinned, kubernetes) {
        fault(key, what);
    } else if kubernetes.matches('.').count() < 2 {
        let what = format!("{kubernetes} is no exact version (hint: kops takes one as `1.35.5`)");
        fault(key, what);
    }
    let os = kops.os.as_ref().unwrap_or(&asked.os);
    let kernel = kops.kernel.as_ref().unwrap_or(&asked.kernel);
    let image = kops.image.clone().or_else(|| kops_matrix::image(os, kernel).map(Into::into));
    if image.is_none() {
        let what = format!(
            "no image is known for `{os}` with kernel {kernel} (hint: known are {}; or say `infra.kops.image`)",
            kops_matrix::known()
        );
        fault(if kops.os.is_some() { "infra/kops/os" } else { "cluster/os" }, what);
    }
    for setting in &kops.settings {
        if !setting.starts_with("spec.") || !setting.contains('=') {
            let what = format!(
                "`{setting}` is no setting of kops (hint: as `spec.kubeAPIServer.logLevel=2`)"
            );
            fault("infra/kops/settings", what);
        }
    }

    let minutes = prices::minutes(scenario);
    if kops.lease_minutes < minutes {
        let what = format!(
            "{} minutes are less than the run's own deadlines, {minutes} (hint: its cluster could be removed under it)",
            kops.lease_minutes
        );
        fault("infra/kops/lease-minutes", what);
    }
    let estimate = match estimate(scenario, &region) {
        _ if region.is_empty() => None,
        Ok(cost) => Some(cost),
        Err(what) => {
            fault("infra/kops/budget-usd", what);
            None
        }
    };
    if let Some(cost) = estimate.as_ref().filter(|cost| cost.usd > kops.budget_usd) {
        let what = format!(
            "the run may cost {:.2} USD ({:.1} hours at {:.2}), more than {:.2} (hint: fewer nodes, shorter deadlines, or a larger budget)",
            cost.usd, cost.hours, cost.usd_per_hour, kops.budget_usd
        );
        fault("infra/kops/budget-usd", what);
    }
    match (image, estimate) {
        (Some(image), Some(estimate)) if found.is_empty() => Ok(KopsPlan {
            project,
            state_store,
            lease_store,
            zones: asked.zones.clone(),
            region,
            kubernetes: kubernetes.clone(),
            os: os.clone(),
            kernel: kernel.clone(),
            image,
            lease_minutes: kops.lease_minutes,
            estimate,
        }),
        _ => Err(found),
    }
}

/// The bucket in `gs://bucket/prefix`.
fn bucket(address: &str) -> Option<String> {
    match address.parse().ok()? {
        BucketAddress::Google { bucket, .. } => Some(bucket),
        BucketAddress::Folder(_) => None,
    }
}

/// The region that all `zones` are in.
fn one_region(zones: &[String]) -> Result<String, String> {
    let mut region = None;
    for zone in zones {
        let of = zone.rsplit_once('-').filter(|(of, letter)| of.contains('-') && letter.len() == 1);
        let Some((of, _)) = of else {
            return Err(format!("`{zone}` is no zone (hint: as `us-west1-a`)"));
        };
        match region {
            None => region = Some(of),
            Some(first) if first != of => {
                return Err(format!(
                    "`{first}` and `{of}` are two regions, and numbers of two regions do not compare (hint: zones of one)"
                ));
            }
            Some(_) => {}
        }
    }
    region.map(str::to_owned).ok_or_else(|| "are none (hint: as `us-west1-a`)".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_of_one_region() {
        let zones = |zones: &[&str]| {
            one_region(&zones.iter().map(|zone| (*zone).to_owned()).collect::<Vec<_>>())
        };

        assert_eq!(zones(&["us-west1-a", "us-west1-c"]).unwrap(), "us-west1");
        assert!(zones(&["us-west1-a", "us-east1-b"]).unwrap_err().contains("two regions"));
        assert!(zones(&["us-west1"]).unwrap_err().contains("is no zone"));
        assert!(zones(&[]).unwrap_err().contains("are none"));
    }
}
