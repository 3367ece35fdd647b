//! Where a resource of Compute Engine lives, and what it is called.

use std::fmt;

use crate::catalog;

/// Where resources live.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    Global,
    Region(String),
    Zone(String),
}

impl Scope {
    /// The scope as the ledger calls it: `global`, or a region or zone by its name alone.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "global" => Self::Global,
            zone if catalog::is_zone(zone) => Self::Zone(zone.into()),
            region => Self::Region(region.into()),
        }
    }

    /// As a path has it.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Global => "global".into(),
            Self::Region(region) => format!("regions/{region}"),
            Self::Zone(zone) => format!("zones/{zone}"),
        }
    }

    /// The name alone.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Global => "global",
            Self::Region(name) | Self::Zone(name) => name,
        }
    }

    /// The region it is in, if it is in one.
    pub(crate) fn region(&self) -> Option<&str> {
        match self {
            Self::Global => None,
            Self::Region(region) => Some(region),
            Self::Zone(zone) => Some(catalog::region_of(zone)),
        }
    }

    /// The link to the scope itself.
    pub(crate) fn link(&self, project: &str) -> String {
        format!("{ROOT}projects/{project}/{}", self.path())
    }
}

/// What every link begins with; kops takes no other.
pub(crate) const ROOT: &str = "https://www.googleapis.com/compute/v1/";

/// The address of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) scope: Scope,
    pub(crate) collection: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(scope: Scope, collection: &str, name: &str) -> Self {
        Self { scope, collection: collection.into(), name: name.into() }
    }

    /// Of a name as the ledger has it: `us-west1/subnetworks/x`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '/');
        let (scope, collection, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self::new(Scope::of(scope), collection, name))
    }

    /// Of a link, whole or partial, with the project that it names, if it does.
    pub(crate) fn linked(link: &str) -> Option<(Option<String>, Self)> {
        let rest = match link.strip_prefix("https://") {
            Some(rest) => rest.split_once("/compute/v1/")?.1,
            None => link,
        };
        let (project, rest) = match rest.strip_prefix("projects/") {
            Some(rest) => {
                let (project, rest) = rest.split_once('/')?;
                (Some(project.to_owned()), rest)
            }
            None => (None, rest),
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let key = match parts[..] {
            ["global", collection, name] => Self::new(Scope::Global, collection, name),
            ["regions", region, collection, name] => {
                Self::new(Scope::Region(region.into()), collection, name)
            }
            ["zones", zone, collection, name] => {
                Self::new(Scope::Zone(zone.into()), collection, name)
            }
            _ => return None,
        };
        Some((project, key))
    }

    /// As error messages have it.
    pub(crate) fn path(&self, project: &str) -> String {
        format!("projects/{project}/{}/{}/{}", self.scope.path(), self.collection, self.name)
    }

    /// The link to it.
    pub(crate) fn link(&self, project: &str) -> String {
        format!("{ROOT}{}", self.path(project))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.scope.name(), self.collection, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_every_form_of_a_link() {
        let key = Key::new(Scope::Region("us-west1".into()), "subnetworks", "s");

        for link in [
            "https://www.googleapis.com/compute/v1/projects/p/regions/us-west1/subnetworks/s",
            "https://compute.googleapis.com/compute/v1/projects/p/regions/us-west1/subnetworks/s",
            "projects/p/regions/us-west1/subnetworks/s",
        ] {
            assert_eq!(Key::linked(link), Some((Some("p".into()), key.clone())), "{link}");
        }
        assert_eq!(Key::linked("regions/us-west1/subnetworks/s"), Some((None, key.clone())));
        assert_eq!(Key::named(&key.to_string()), Some(key));
    }

    #[test]
    fn what_is_no_link_has_no_key() {
        for text in ["", "10.0.0.1", "https://example.com/x", "global/networks", "a/b/c/d/e"] {
            assert_eq!(Key::linked(text), None, "{text}");
        }
    }
}
