//! Which kops carries which Kubernetes, and which image has which system and kernel. Reviewed by
//! hand; `docs/reference/kops.md` says where each row was read.

/// Version of kops for which this project is tested; the pin is to be one of [`CARRIES`].
pub(crate) const TESTED: &str = "1.36.1";

/// Each kops with the oldest and the newest minor version of Kubernetes 1 that it takes. Read in
/// `upup/pkg/fi/cloudup/apply_cluster.go` of each: below `OldestSupportedKubernetesVersion` nothing
/// helps, `KOPS_RUN_OBSOLETE_VERSION` neither; above its own minor version it wants to be newer.
const CARRIES: [(&str, u32, u32); 5] = [
    ("1.31.0", 25, 31),
    ("1.32.1", 27, 32),
    ("1.33.1", 27, 33),
    ("1.35.1", 29, 35),
    ("1.36.1", 31, 36),
];

/// System, kernel and image. The images of 2025 are those of kops' own channel; Canonical moves the
/// kernel of an image's series on, so that a kernel belongs to one image alone. The one of 2022 is
/// the last that is known here with the CFP's kernel. Whether Google still has an image, `create`
/// asks before anything is paid for; which kernel it really has, the first nodes say.
const IMAGES: [(&str, &str, &str); 3] = [
    ("ubuntu-22.04", "5.15", "ubuntu-os-cloud/ubuntu-2204-jammy-v20221206"),
    ("ubuntu-22.04", "6.8", "ubuntu-os-cloud/ubuntu-2204-jammy-v20250615"),
    ("ubuntu-24.04", "6.11", "ubuntu-os-cloud/ubuntu-2404-noble-amd64-v20250606"),
];

/// Why `kops` does not take `kubernetes`, if it does not.
pub(crate) fn refusal(kops: &str, kubernetes: &str) -> Option<String> {
    let minor: u32 = kubernetes.split('.').nth(1)?.parse().ok()?;
    let Some((_, oldest, newest)) = CARRIES.iter().find(|(version, ..)| *version == kops) else {
        return Some(format!(
            "nobody has looked which Kubernetes kops {kops} carries (hint: add it to `kops_matrix.rs`)"
        ));
    };
    if (*oldest..=*newest).contains(&minor) {
        return None;
    }
    let others = CARRIES.iter().filter(|(_, oldest, newest)| (*oldest..=*newest).contains(&minor));
    let others: Vec<&str> = others.map(|(version, ..)| *version).collect();
    let hint = match others.as_slice() {
        [] => "say a newer or older one".into(),
        some => format!("say another, or pin kops {} under `tools/kops`", some.join(" or ")),
    };
    Some(format!(
        "kops {kops} takes Kubernetes 1.{oldest} to 1.{newest}, not {kubernetes} (hint: {hint})"
    ))
}

/// The image with this system and kernel.
pub(crate) fn image(os: &str, kernel: &str) -> Option<&'static str> {
    IMAGES.iter().find(|(with, runs, _)| *with == os && *runs == kernel).map(|(.., image)| *image)
}

/// Every system and kernel that an image is known for, for people.
pub(crate) fn known() -> String {
    let known: Vec<String> =
        IMAGES.iter().map(|(os, kernel, _)| format!("`{os}` with {kernel}")).collect();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cfps_kubernetes_is_refused_in_one_sentence_that_says_what_carries_it() {
        let said = refusal("1.36.1", "1.27").unwrap();

        assert_eq!(
            said,
            "kops 1.36.1 takes Kubernetes 1.31 to 1.36, not 1.27 (hint: say another, or pin kops 1.31.0 or 1.32.1 or 1.33.1 under `tools/kops`)"
        );
        assert_eq!(refusal("1.33.1", "1.27.16"), None);
        assert_eq!(refusal("1.36.1", "1.35.5"), None);
        assert!(refusal("1.36.1", "1.37.0").is_some());
    }

    #[test]
    fn the_pinned_kops_is_in_the_matrix_and_so_is_the_page() {
        let pinned = stage::PINS.iter().find(|pin| pin.name == "kops");
        let pinned = pinned.map_or(TESTED, |pin| pin.module.version());
        assert_eq!(refusal(pinned, "1.35.5"), None);

        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/kops.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (version, oldest, newest) in CARRIES {
            let row = format!("| {version} | 1.{oldest} to 1.{newest} |");
            assert!(page.contains(&row), "the page lacks `{row}`");
        }
    }
}
