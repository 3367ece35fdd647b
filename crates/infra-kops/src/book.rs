//! The ledger of a run on kops: what is about to be made stands in it before it is made.

use jiff::Timestamp;
use run_record::{FileError, Format, Kind, KopsPlan, Ledger, Plan, Resource, RunDir, State};
use scenario::Route;

use crate::{names::Names, workers::GROUP};

/// The firewall rules of kops, by what stands before the cluster's name.
const FIREWALLS: [&str; 15] = [
    "lb-health-checks",
    "node-to-node",
    "master-to-master",
    "master-to-node",
    "node-to-master",
    "https-api",
    "https-api-ipv6",
    "kops-controller",
    "kops-controller-ipv6",
    "ssh-external-to-master",
    "ssh-external-to-master-ipv6",
    "ssh-external-to-node",
    "ssh-external-to-node-ipv6",
    "nodeport-external-to-node",
    "nodeport-external-to-node-ipv6",
];

/// What kops and this stage are about to make in `zone`, as far as it has a name before it is made:
/// templates have the time in theirs, machines a random end, and both go with their group.
pub(crate) fn planned(plan: &Plan, kops: &KopsPlan, zone: &str) -> Vec<String> {
    let names = Names::of(&plan.cluster, &kops.project);
    let region = kops.region.as_str();
    let mut made = vec![format!("global/networks/{}", names.network())];
    let mut one = |scope: &str, collection: &str, object: &str| {
        made.push(format!("{scope}/{collection}/{}", names.suffixed(object)));
    };
    one(region, "subnetworks", region);
    for rule in FIREWALLS {
        one("global", "firewalls", rule);
    }
    one("global", "firewalls", crate::firewall::OF_PODS);
    let entrance = format!("api-{region}");
    for (collection, object) in [
        ("addresses", "api"),
        ("addresses", entrance.as_str()),
        ("targetPools", "api"),
        ("healthChecks", "api"),
        ("backendServices", "api"),
        ("forwardingRules", "api"),
        ("forwardingRules", entrance.as_str()),
    ] {
        one(region, collection, object);
    }
    let controller = format!("kops-controller-{region}");
    one(region, "forwardingRules", &controller);
    one("global", "httpHealthChecks", "api");
    if plan.scenario.infra.kops.workers.route == Route::CloudNat {
        one(region, "routers", "nat");
    }
    let letter = zone.rsplit('-').next().unwrap_or_default();
    let count = plan.scenario.infra.kops.control_plane.count;
    for number in 1..=count {
        // kops numbers the machines of one zone where there are several.
        let end = if count > 1 { format!("-{number}") } else { String::new() };
        one(zone, "instanceGroupManagers", &format!("{letter}-control-plane-{zone}{end}"));
        // A name may not begin with a number.
        let member = if count > 1 { format!("d{number}") } else { letter.into() };
        one(zone, "disks", &format!("{member}-etcd-main"));
        one(zone, "disks", &format!("{member}-etcd-events"));
    }
    one(zone, "instanceGroupManagers", &format!("{letter}-nodes-{zone}"));
    one(zone, "instanceGroupManagers", &format!("{letter}-{GROUP}"));
    if plan.scenario.infra.kops.service_account.is_none() {
        let [control_plane, node, _] = names.accounts();
        made.extend([control_plane, node].map(|email| format!("iam/serviceAccounts/{email}")));
    }
    made.push(format!("storage/{}/{}/", kops.state_store, plan.cluster));
    made
}

/// Writes `names` down as about to be made, beside what stands there already.
pub(crate) fn write_down(run_dir: &RunDir, plan: &Plan, names: &[String]) -> Result<(), FileError> {
    let mut ledger = match run_dir.ledger() {
        Ok(ledger) if ledger.closed.is_none() => ledger,
        Err(error) if !error.is_missing() => return Err(error),
        // A cluster that is made again after it was removed has a ledger of its own.
        _ => Ledger {
            format: Format,
            run_id: plan.run_id.clone(),
            provider: plan.provider,
            opened: Timestamp::now(),
            closed: None,
            // Whether the run is alive says its lease: its owner is not on this machine.
            owner: None,
            resources: Vec::new(),
        },
    };
    for name in names {
        if !ledger.resources.iter().any(|resource| resource.name == *name) {
            ledger.resources.push(resource(name, State::Planned));
        }
    }
    run_dir.write_ledger(&ledger)
}

/// Notes what was found to be there; what nobody had known the name of is added.
pub(crate) fn note_made<'n>(
    run_dir: &RunDir,
    found: impl IntoIterator<Item = &'n String>,
) -> Result<(), FileError> {
    let mut ledger = run_dir.ledger()?;
    for name in found {
        match ledger.resources.iter_mut().find(|resource| resource.name == *name) {
            Some(resource) => resource.state = State::Made,
            None => ledger.resources.push(resource(name, State::Made)),
        }
    }
    run_dir.write_ledger(&ledger)
}

fn resource(name: &str, state: State) -> Resource {
    let kind = Kind::Cloud;
    Resource { kind, name: name.into(), state, process: None, ports: Vec::new(), path: None }
}
