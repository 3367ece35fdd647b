//! The names that kops gives to what it makes for a cluster, and whether a name is one of them.
//!
//! Source: `upup/pkg/fi/cloudup/gce/utils.go` and `pkg/truncate` of kops 1.36.1.

/// Longest name that Google Compute Engine takes.
const LONGEST: usize = 63;

/// Longest name of a service account.
const LONGEST_ACCOUNT: usize = 30;

/// What kops puts before the name of the cluster in its service accounts.
const ACCOUNTS: [&str; 3] = ["control-plane", "node", "bastion"];

/// Letters of the hash that kops ends a shortened name with.
const HASH: usize = 6;

/// The names of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The cluster, as kops knows it.
    pub(crate) cluster: String,
    /// The same with dashes for dots: in names, tags and labels.
    pub(crate) safe: String,
    /// The project.
    pub(crate) project: String,
}

impl Names {
    /// The names of `cluster` in `project`.
    pub(crate) fn of(cluster: &str, project: &str) -> Self {
        Self { cluster: cluster.into(), safe: cluster.replace('.', "-"), project: project.into() }
    }

    /// The network.
    pub(crate) fn network(&self) -> String {
        shortened(&self.safe, LONGEST)
    }

    /// What kops calls `object`: with the cluster behind it, which is shortened where it is too long.
    pub(crate) fn suffixed(&self, object: &str) -> String {
        suffixed(object, &self.safe, LONGEST)
    }

    /// The tag of the machines in a role: `control-plane` or `node`.
    pub(crate) fn tag(&self, role: &str) -> String {
        let suffix = format!("-k8s-io-role-{role}");
        format!("{}{suffix}", shortened(&self.safe, LONGEST - suffix.len()))
    }

    /// The addresses of the service accounts.
    pub(crate) fn accounts(&self) -> [String; 3] {
        ACCOUNTS.map(|role| {
            let id = suffixed(role, &self.safe, LONGEST_ACCOUNT);
            format!("{id}@{}.iam.gserviceaccount.com", self.project)
        })
    }

    /// Everything that may stand before the cluster in `name`, if kops made it for this cluster.
    ///
    /// That a name ends as the cluster does says nothing yet: `api-b-a` is `api-b` of the cluster `a`,
    /// or `api` of `b-a`. The caller has to know what can stand there.
    pub(crate) fn objects<'n>(&self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let dashes = name.match_indices('-').map(|(at, _)| at);
        // kops itself refuses an object that leaves no room for the cluster.
        let objects = dashes.map(|at| &name[..at]).filter(|object| object.len() + 10 < LONGEST);
        objects.filter(|object| self.suffixed(object) == *name)
    }

    /// Whether kops would call one of `objects` so.
    pub(crate) fn is_one_of(&self, name: &str, objects: &[&str]) -> bool {
        objects.iter().any(|object| self.suffixed(object) == name)
    }
}

fn suffixed(object: &str, safe: &str, longest: usize) -> String {
    format!("{object}-{}", shortened(safe, longest.saturating_sub(object.len() + 1)))
}

/// `text`, or its beginning and a hash of all of it.
fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.into();
    }
    let room = longest.saturating_sub(HASH + 1);
    // Names are ASCII: `plan` sees to it.
    let head = text.get(..room).unwrap_or_default();
    format!("{head}-{}", hash(text))
}

/// FNV-1a, 32 bits, in Go's `base32.HexEncoding`.
fn hash(text: &str) -> String {
    const OFFSET: u32 = 2_166_136_261;
    const PRIME: u32 = 16_777_619;
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let fnv1a = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(PRIME);
    let hash = text.bytes().fold(OFFSET, fnv1a);
    let letter = |at: usize| LETTERS[(hash >> (27 - 5 * at)) as usize % LETTERS.len()];
    (0..HASH).map(|at| char::from(letter(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cluster whose safe name has so many letters.
    fn long(letters: usize) -> Names {
        let name = format!("{}.k8s.local", "a".repeat(letters - ".k8s.local".len()));
        Names::of(&name, "p")
    }

    #[test]
    fn a_name_is_shortened_as_kops_does_it() {
        // From kops' own tests: pkg/truncate/truncate_test.go.
        for (text, longest, expected) in [
            ("foo", 64, "foo"),
            (
                "this_string_is_longer_it_is_46_characters_long",
                32,
                "this_string_is_longer_it_-ha2gug",
            ),
            (
                "this_string_is_even_longer_due_to_extreme_verbosity_it_is_in_fact_84_characters_long",
                64,
                "this_string_is_even_longer_due_to_extreme_verbosity_it_is-7mc0g6",
            ),
        ] {
            assert_eq!(shortened(text, longest), expected);
        }
    }

    #[test]
    fn names_of_63_64_and_65_letters_are_told_apart() {
        for (letters, cut) in [(63, false), (64, true), (65, true)] {
            let names = long(letters);
            assert_eq!(names.network().len(), 63, "{letters}");
            assert_eq!(names.network() != names.safe, cut, "{letters}");
            let api = names.suffixed("api");
            assert_eq!(api.len(), 63, "{letters}");
            assert!(names.is_one_of(&api, &["api"]), "{letters}");
            for other in [62, 63, 64, 65].into_iter().filter(|other| *other != letters) {
                assert!(!long(other).is_one_of(&api, &["api"]), "{other}: {api}");
                assert_ne!(long(other).network(), names.network());
            }
        }
    }

    #[test]
    fn what_may_stand_before_the_cluster_is_found_and_another_cluster_is_not() {
        let objects = |cluster: &str, name: &str| {
            let names = Names::of(cluster, "p");
            names.objects(name).map(str::to_owned).collect::<Vec<_>>()
        };

        assert_eq!(objects("a.k8s.local", "api-us-west1-a-k8s-local"), ["api-us-west1"]);
        assert_eq!(objects("a.k8s.local", "api-a-b-k8s-local"), [""; 0]);
        assert_eq!(objects("b.k8s.local", "api-a-b-k8s-local"), ["api-a"]);
        assert_eq!(objects("a.k8s.local", "a-k8s-local"), [""; 0]);
    }

    #[test]
    fn accounts_have_thirty_letters_at_most() {
        let [control_plane, node, _] = Names::of("load-100-1764.k8s.local", "p").accounts();

        assert_eq!(node, "node-load-100-1764-k8s-local@p.iam.gserviceaccount.com");
        assert_eq!(control_plane.split('@').next().unwrap().len(), LONGEST_ACCOUNT);
        assert!(control_plane.starts_with("control-plane-load-100-"));
    }
}
