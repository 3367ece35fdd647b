//! The name of an image, as container runtimes read it.

use std::{fmt, net::IpAddr, str::FromStr, sync::LazyLock};

use regex::Regex;

/// Why a text is no name of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of an image (hint: as `quay.io/cilium/cilium:v1.20.2`)")]
pub struct NotAnImage(String);

/// The name of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// Host of the registry, with its port if it says one.
    pub(crate) registry: String,
    /// Path of the repository in it.
    pub(crate) repository: String,
    /// What a person calls it.
    pub(crate) tag: Option<String>,
    /// What its bytes call it.
    pub(crate) digest: Option<String>,
}

/// Source: <https://github.com/distribution/reference/blob/main/regexp.go>.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    let host = r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?";
    let tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    let digest = "[a-z0-9]+:[0-9a-f]{32,128}";
    Regex::new(&format!("^(?:({host})/)?({part}(?:/{part})*)(?::({tag}))?(?:@({digest}))?$")).ok()
});

/// Where an image without a registry is.
const HUB: &str = "docker.io";

impl FromStr for Image {
    type Err = NotAnImage;

    fn from_str(text: &str) -> Result<Self, NotAnImage> {
        let found = NAME.as_ref().and_then(|name| name.captures(text));
        let found = found.ok_or_else(|| NotAnImage(text.into()))?;
        let group = |number| found.get(number).map(|part| part.as_str().to_owned());
        let repository = group(2).unwrap_or_default();
        let is_host = |first: &String| first.contains(['.', ':']) || first == "localhost";
        let (registry, repository) = match group(1) {
            Some(host) if is_host(&host) => (host, repository),
            Some(folder) if folder.bytes().any(|b| b.is_ascii_uppercase()) => {
                return Err(NotAnImage(text.into()));
            }
            Some(folder) => (HUB.into(), format!("{folder}/{repository}")),
            None if repository.contains('/') => (HUB.into(), repository),
            None => (HUB.into(), format!("library/{repository}")),
        };
        Ok(Self { registry, repository, tag: group(3), digest: group(4) })
    }
}

impl Image {
    /// Where its manifest is: of a tag and a digest the digest decides.
    pub(crate) fn manifest(&self) -> String {
        let reference = [&self.digest, &self.tag].into_iter().flatten().next();
        let reference = reference.map_or("latest", String::as_str);
        format!("{}/v2/{}/manifests/{reference}", self.origin(), self.repository)
    }

    /// Scheme, host and port of its registry.
    fn origin(&self) -> String {
        let host = match self.registry.as_str() {
            HUB => "registry-1.docker.io",
            host => host,
        };
        let scheme = if is_loopback(host) { "http" } else { "https" };
        format!("{scheme}://{host}")
    }

    /// Its name without registry and digest, short enough for a line about many.
    pub(crate) fn short(&self) -> String {
        /// Characters of a tag that are shown: as many as tell commits apart.
        const SHOWN: usize = 12;
        let name = self.repository.rsplit('/').next().unwrap_or_default();
        match &self.tag {
            Some(tag) => format!("{name}:{}", tag.get(..SHOWN).unwrap_or(tag)),
            None => name.to_owned(),
        }
    }
}

/// Whether `host`, which may say a port, is this machine: container tools speak to a registry there
/// without TLS, and to no other.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address: Option<IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_its_manifest_is() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (name, manifest) in [
            ("quay.io/cilium/cilium-ci:abc", "https://quay.io/v2/cilium/cilium-ci/manifests/abc"),
            ("alpine", "https://registry-1.docker.io/v2/library/alpine/manifests/latest"),
            ("cilium/cilium:v1", "https://registry-1.docker.io/v2/cilium/cilium/manifests/v1"),
            ("my_own/a:1", "https://registry-1.docker.io/v2/my_own/a/manifests/1"),
            ("localhost:5000/a/b:1", "http://localhost:5000/v2/a/b/manifests/1"),
            ("localhost/a:1", "http://localhost/v2/a/manifests/1"),
            ("127.0.0.1:5000/a", "http://127.0.0.1:5000/v2/a/manifests/latest"),
            ("[::1]:5000/a:1", "http://[::1]:5000/v2/a/manifests/1"),
            ("10.0.0.1:5000/a:1", "https://10.0.0.1:5000/v2/a/manifests/1"),
            ("localhost.example:5000/a:1", "https://localhost.example:5000/v2/a/manifests/1"),
        ] {
            assert_eq!(name.parse::<Image>().unwrap().manifest(), manifest);
        }
        let both: Image = format!("quay.io/a/b:v1@{digest}").parse().unwrap();
        assert_eq!(both.manifest(), format!("https://quay.io/v2/a/b/manifests/{digest}"));
        assert_eq!(both.to_string(), format!("quay.io/a/b:v1@{digest}"));
        assert_eq!(both.short(), "b:v1");
        let commit: Image = format!("quay.io/a/b:{}", "1234567890".repeat(4)).parse().unwrap();
        assert_eq!(commit.short(), "b:123456789012");
    }

    #[test]
    fn what_a_runtime_would_refuse_is_no_name() {
        for text in
            ["", "A/b", "a b", "a:", "quay.io/../x", "quay.io/a?x=y", "a@sha256:1", "a:v1#x"]
        {
            assert!(text.parse::<Image>().is_err(), "{text}");
        }
    }
}
