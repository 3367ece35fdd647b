//! Which hosts the fake plays.

/// A host that the fake plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// `www.googleapis.com`, which once was all of Google's APIs.
    Www,
    Compute,
    Storage,
    Iam,
    ResourceManager,
    Tokens,
    /// Where kops looks up its channel and the sums of programs.
    Files,
    /// A registry of container images: it has none, and kops only warns.
    Registry,
}

const REGISTRIES: [&str; 9] = [
    "registry.k8s.io",
    "k8s.gcr.io",
    "gcr.io",
    "ghcr.io",
    "quay.io",
    "docker.io",
    "registry-1.docker.io",
    "auth.docker.io",
    "public.ecr.aws",
];

impl Host {
    /// The host of this name, if the fake plays it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "www.googleapis.com" => Self::Www,
            "compute.googleapis.com" => Self::Compute,
            "storage.googleapis.com" => Self::Storage,
            "iam.googleapis.com" => Self::Iam,
            "cloudresourcemanager.googleapis.com" => Self::ResourceManager,
            "oauth2.googleapis.com" => Self::Tokens,
            "raw.githubusercontent.com" | "artifacts.k8s.io" => Self::Files,
            name if REGISTRIES.contains(&name) || name.ends_with(".pkg.dev") => Self::Registry,
            _ => return None,
        })
    }
}
