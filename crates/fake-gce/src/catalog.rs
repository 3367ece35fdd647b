//! What Google offers: regions, zones, machine types, images.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// Regions, and the letters of their zones. `us-east1` and `europe-west1` have no zone `a`.
const REGIONS: [(&str, &str); 9] = [
    ("asia-east1", "abc"),
    ("europe-west1", "bcd"),
    ("europe-west3", "abc"),
    ("europe-west4", "abc"),
    ("us-central1", "abcf"),
    ("us-east1", "bcd"),
    ("us-east4", "abc"),
    ("us-west1", "abc"),
    ("us-west2", "abc"),
];

/// Every region.
pub(crate) fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(region, _)| *region)
}

/// Every zone.
pub(crate) fn zones() -> impl Iterator<Item = String> {
    REGIONS.iter().flat_map(|(region, letters)| {
        letters.chars().map(move |letter| format!("{region}-{letter}"))
    })
}

pub(crate) fn is_region(name: &str) -> bool {
    regions().any(|region| region == name)
}

pub(crate) fn is_zone(name: &str) -> bool {
    zones().any(|zone| zone == name)
}

/// The region that a zone is in.
pub(crate) fn region_of(zone: &str) -> &str {
    zone.rsplit_once('-').map_or(zone, |(region, _)| region)
}

/// Processors and memory of a machine type, in MiB, if there is such a type.
pub(crate) fn machine(name: &str) -> Option<(u32, u32)> {
    /// Families, and the GiB of each processor of their standard types.
    static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let family = "n1|n2|n2d|n4|e2|c2|c2d|c3|c3d|c4|t2d|m1";
        Regex::new(&format!("^(?:{family})-(standard|highmem|highcpu|ultramem)-([0-9]+)$")).ok()
    });
    match name {
        "e2-micro" => return Some((2, 1024)),
        "e2-small" => return Some((2, 2048)),
        "e2-medium" => return Some((2, 4096)),
        _ => {}
    }
    let found = TYPE.as_ref()?.captures(name)?;
    let processors: u32 = found[2].parse().ok().filter(|count| *count > 0 && *count <= 416)?;
    let each = match &found[1] {
        "highcpu" => 1024,
        "standard" => 4096,
        "highmem" => 8192,
        _ => 24576,
    };
    Some((processors, processors * each))
}

/// Types that a listing shows. Any other of these families is found by name.
pub(crate) const LISTED_MACHINES: [&str; 10] = [
    "e2-medium",
    "e2-standard-2",
    "e2-standard-4",
    "e2-standard-8",
    "n1-standard-1",
    "n1-standard-2",
    "n2-standard-4",
    "n2-standard-8",
    "n2-standard-16",
    "n2-standard-32",
];

/// Image families, and the image that each stands for.
const FAMILIES: [(&str, &str, &str); 6] = [
    ("ubuntu-os-cloud", "ubuntu-2204-lts", "ubuntu-2204-jammy-v20260901"),
    ("ubuntu-os-cloud", "ubuntu-2404-lts-amd64", "ubuntu-2404-noble-amd64-v20260901"),
    (
        "ubuntu-os-cloud",
        "ubuntu-minimal-2404-lts-amd64",
        "ubuntu-minimal-2404-noble-amd64-v20260901",
    ),
    ("debian-cloud", "debian-12", "debian-12-bookworm-v20260901"),
    ("debian-cloud", "debian-13", "debian-13-trixie-v20260901"),
    ("cos-cloud", "cos-stable", "cos-stable-125-19216-104-25"),
];

/// The image that a family stands for.
pub(crate) fn image_of_family(project: &str, family: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(p, f, _)| *p == project && *f == family).map(|(_, _, image)| *image)
}

/// Whether there is such an image: one of any date, of the names that Google's public projects use.
pub(crate) fn is_image(project: &str, name: &str) -> bool {
    static UBUNTU: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let release = "2004-focal|2204-jammy|2404-noble|2604-resolute";
        Regex::new(&format!(
            "^ubuntu-(?:minimal-)?(?:{release})(?:-amd64|-arm64)?-v20[0-9]{{6}}[a-z]?$"
        ))
        .ok()
    });
    static DEBIAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("^debian-(?:12-bookworm|13-trixie)(?:-arm64)?-v20[0-9]{6}$").ok()
    });
    static COS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^cos-(?:stable-|beta-)?[0-9]+(?:-[0-9]+)+$").ok());
    let pattern = match project {
        "ubuntu-os-cloud" => &UBUNTU,
        "debian-cloud" => &DEBIAN,
        "cos-cloud" => &COS,
        _ => return false,
    };
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(name))
}

/// A public image as the API shows it.
pub(crate) fn image(project: &str, name: &str, link: &str) -> Value {
    let family =
        FAMILIES.iter().find(|(p, _, image)| *p == project && *image == name).map(|found| found.1);
    let architecture = if name.contains("arm64") { "ARM64" } else { "X86_64" };
    let mut image = json!({
        "kind": "compute#image", "id": "1", "name": name, "status": "READY", "selfLink": link,
        "architecture": architecture, "diskSizeGb": "10",
    });
    if let Some(family) = family {
        image["family"] = family.into();
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_types_and_images_are_known_by_their_names() {
        assert_eq!(machine("n2-standard-8"), Some((8, 32768)));
        assert_eq!(machine("e2-medium"), Some((2, 4096)));
        assert_eq!(machine("n2-standard-0"), None);
        assert_eq!(machine("n9-standard-8"), None);
        assert!(is_image("ubuntu-os-cloud", "ubuntu-2204-jammy-v20250712"));
        assert!(!is_image("ubuntu-os-cloud", "ubuntu-2204-jammy"));
        assert!(!is_image("somebody", "ubuntu-2204-jammy-v20250712"));
    }

    #[test]
    fn every_family_stands_for_an_image_that_is_there() {
        for (project, family, image) in FAMILIES {
            assert!(is_image(project, image), "{project}/{image}");
            assert_eq!(image_of_family(project, family), Some(image));
        }
    }
}
