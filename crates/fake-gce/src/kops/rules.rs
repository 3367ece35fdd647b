//! The firewall rules of a cluster.

use serde_json::{Value, json};

use super::names;

/// A rule: its first part, where from, where to, and what.
type Rule =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Those of kops 1.36.1. The last two are off.
const RULES: [Rule; 15] = [
    ("https-api", &["0.0.0.0/0"], &["control-plane"], &["tcp:443"]),
    ("https-api-ipv6", &["::/0"], &["control-plane"], &["tcp:443"]),
    ("kops-controller", &["0.0.0.0/0"], &["control-plane"], &["tcp:3988"]),
    ("kops-controller-ipv6", &["::/0"], &["control-plane"], &["tcp:3988"]),
    (
        "lb-health-checks",
        &["35.191.0.0/16", "130.211.0.0/22", "209.85.204.0/22", "209.85.152.0/22"],
        &["control-plane"],
        &["tcp"],
    ),
    ("master-to-master", &["control-plane", "master"], &["control-plane", "master"], ALL),
    ("master-to-node", &["control-plane", "master"], &["node"], ALL),
    (
        "node-to-master",
        &["node"],
        &["control-plane", "master"],
        &["tcp:443", "tcp:10250", "tcp:3988"],
    ),
    ("node-to-node", &["node"], &["node"], ALL),
    ("ssh-external-to-master", &["0.0.0.0/0"], &["control-plane", "master"], &["tcp:22"]),
    ("ssh-external-to-master-ipv6", &["::/0"], &["control-plane", "master"], &["tcp:22"]),
    ("ssh-external-to-node", &["0.0.0.0/0"], &["node"], &["tcp:22"]),
    ("ssh-external-to-node-ipv6", &["::/0"], &["node"], &["tcp:22"]),
    (
        "nodeport-external-to-node",
        &["0.0.0.0/0"],
        &["node"],
        &["tcp:30000-32767", "udp:30000-32767"],
    ),
    (
        "nodeport-external-to-node-ipv6",
        &["::/0"],
        &["node"],
        &["tcp:30000-32767", "udp:30000-32767"],
    ),
];

const ALL: &[&str] = &["tcp", "udp", "icmp", "esp", "ah", "sctp"];

/// Each rule by its first part; `network` is the link of the network.
pub(super) fn rules(cluster: &str, network: &str) -> impl Iterator<Item = (&'static str, Value)> {
    RULES.iter().map(move |rule| (rule.0, described(rule, cluster, network)))
}

fn described((name, from, to, what): &Rule, cluster: &str, network: &str) -> Value {
    let tags = |roles: &[&str]| -> Vec<String> {
        roles.iter().map(|role| names::tag(role, cluster)).collect()
    };
    let allowed: Vec<Value> = what
        .iter()
        .map(|what| match what.split_once(':') {
            Some((protocol, port)) => json!({ "IPProtocol": protocol, "ports": [port] }),
            None => json!({ "IPProtocol": what }),
        })
        .collect();
    let mut body = json!({
        "name": names::object(name, cluster), "network": network, "targetTags": tags(to),
        "allowed": allowed,
    });
    if from.iter().any(|from| from.contains('/')) {
        body["sourceRanges"] = json!(from);
    } else {
        body["sourceTags"] = json!(tags(from));
    }
    if name.starts_with("nodeport") {
        body["disabled"] = true.into();
    }
    body
}
