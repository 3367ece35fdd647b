//! Names as kops makes them.
//!
//! Source: `upup/pkg/fi/cloudup/gce/utils.go` and `pkg/truncate` of kops 1.36.1.

/// Longest name of Compute Engine, and of a service account.
const LONGEST: usize = 63;
const LONGEST_ACCOUNT: usize = 30;

/// Longest beginning of the name of a template.
const LONGEST_PREFIX: usize = 32;

/// Letters of a hash.
const HASH: usize = 6;

pub(super) fn safe(cluster: &str) -> String {
    cluster.replace('.', "-")
}

/// The name of the network.
pub(super) fn network(cluster: &str) -> String {
    shortened(&safe(cluster), LONGEST)
}

/// The name of an object of the cluster.
pub(super) fn object(object: &str, cluster: &str) -> String {
    suffixed(object, cluster, LONGEST)
}

/// The tag of machines in a role.
pub(super) fn tag(role: &str, cluster: &str) -> String {
    let suffix = format!("-k8s-io-role-{role}");
    shortened(&safe(cluster), LONGEST - suffix.len()) + &suffix
}

/// The address of the service account of a role.
pub(super) fn account(role: &str, cluster: &str, project: &str) -> String {
    format!("{}@{project}.iam.gserviceaccount.com", suffixed(role, cluster, LONGEST_ACCOUNT))
}

/// What the name of a template begins with.
pub(super) fn template_prefix(group: &str, cluster: &str) -> String {
    shortened(&safe(&format!("{group}-{cluster}")), LONGEST_PREFIX)
}

/// The name of the managed instance group of a group in a zone.
pub(super) fn manager(group: &str, zone: &str, cluster: &str) -> String {
    let letter = zone.rsplit('-').next().unwrap_or_default();
    shortened(&safe(&format!("{letter}.{group}-{cluster}")), LONGEST)
}

/// Whether kops takes a name for one of the cluster: by any of its first parts, or by the hash.
pub(super) fn matches(name: &str, cluster: &str, most_parts: usize) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let hash = hash(&safe(cluster));
    (1..=most_parts.min(parts.len())).any(|count| {
        let first = parts[..count].join("-");
        !first.is_empty() && (name == safe(&format!("{first}-{cluster}")) || name.contains(&hash))
    })
}

/// Whether a tag is one of the cluster.
pub(super) fn is_tag(tag: &str, cluster: &str) -> bool {
    let safe = safe(cluster);
    tag.starts_with(&format!("{safe}-")) || tag.contains(&hash(&safe))
}

fn suffixed(object: &str, cluster: &str, longest: usize) -> String {
    format!("{object}-{}", shortened(&safe(cluster), longest.saturating_sub(object.len() + 1)))
}

fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.into();
    }
    let room = longest.saturating_sub(HASH + 1);
    format!("{}-{}", text.get(..room).unwrap_or_default(), hash(text))
}

/// FNV-1a, 32 bits, in Go's `base32.HexEncoding`.
fn hash(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let fnv1a = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let hash = text.bytes().fold(2_166_136_261, fnv1a);
    let letter = |at: usize| LETTERS[(hash >> (27 - 5 * at)) as usize % LETTERS.len()];
    (0..HASH).map(|at| char::from(letter(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_real_kops_was_seen_to_make() {
        let cluster = "c1.k8s.local";

        assert_eq!(
            template_prefix("control-plane-us-west1-a", cluster),
            "control-plane-us-west1-a--58elkf"
        );
        assert_eq!(template_prefix("nodes-us-west1-a", cluster), "nodes-us-west1-a-c1-k8s-local");
        assert_eq!(
            manager("nodes-us-west1-a", "us-west1-a", cluster),
            "a-nodes-us-west1-a-c1-k8s-local"
        );
        assert_eq!(tag("node", cluster), "c1-k8s-local-k8s-io-role-node");
        assert_eq!(account("node", cluster, "p"), "node-c1-k8s-local@p.iam.gserviceaccount.com");
    }

    #[test]
    fn a_name_of_another_cluster_is_not_taken() {
        assert!(matches("nodeport-external-to-node-ipv6-c1-k8s-local", "c1.k8s.local", 5));
        assert!(!matches("api-c2-k8s-local", "c1.k8s.local", 8));
        assert!(!matches("api-c1-k8s-local-x", "c1.k8s.local", 8));
    }
}
