//! Names of pods without the parts that are drawn by lot: two runs must have one key.

/// Letters and digits that Kubernetes draws the ends of names from.
const DRAWN: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Length of the end that tells the pods of one owner apart.
const SUFFIX: usize = 5;

/// Lengths of the hash of a pod template, which is a number of 32 bits written in `DRAWN`'s way.
const HASH: std::ops::RangeInclusive<usize> = 6..=10;

/// The name without the suffix of a DaemonSet's pod, or the hash and suffix of a Deployment's pod.
pub(crate) fn stable(pod: &str) -> &str {
    let Some((owner, suffix)) = pod.rsplit_once('-') else { return pod };
    if suffix.len() != SUFFIX || !is_drawn(suffix) {
        return pod;
    }
    match owner.rsplit_once('-') {
        Some((deployment, hash))
            if HASH.contains(&hash.len())
                && is_drawn(hash)
                && hash.contains(|c: char| c.is_ascii_digit()) =>
        {
            deployment
        }
        _ => owner,
    }
}

fn is_drawn(text: &str) -> bool {
    text.chars().all(|c| DRAWN.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_by_lot_is_taken_off() {
        for (pod, name) in [
            ("cilium-x7k2p", "cilium"),
            ("cilium-operator-6d4c9b7f8c-zt5xq", "cilium-operator"),
            ("kube-scheduler-master", "kube-scheduler-master"),
            ("prometheus-k8s-0", "prometheus-k8s-0"),
            ("etcd", "etcd"),
            ("kube-proxy", "kube-proxy"),
        ] {
            assert_eq!(stable(pod), name, "{pod}");
        }
    }
}
