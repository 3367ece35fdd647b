//! What came out of a run, by where it went.

use std::{cell::OnceCell, collections::BTreeMap, fs, io::Read, path::Path};

use aho_corasick::AhoCorasick;
use flate2::read::GzDecoder;
use walkdir::WalkDir;

use crate::{
    place::Place,
    secret::{SECRETS, Secret},
};

/// One kind of place to search, and what lies there by name.
pub(crate) struct Haystack {
    pub(crate) name: &'static str,
    texts: BTreeMap<String, Vec<u8>>,
    hits: OnceCell<Vec<Hit>>,
}

/// A secret that was found.
struct Hit {
    secret: &'static str,
    place: Place,
    file: String,
}

impl Haystack {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, texts: BTreeMap::new(), hits: OnceCell::new() }
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, name: &str, text: &[u8]) {
        self.texts.entry(name.into()).or_default().extend_from_slice(text);
    }

    /// Adds every file below `folder` whose path `wanted` takes; names are searched too.
    pub(crate) fn folder(mut self, folder: &Path, wanted: impl Fn(&str) -> bool) -> Self {
        for entry in WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if !wanted(&name) {
                continue;
            }
            self.text("names", format!("{name}\n").as_bytes());
            if entry.file_type().is_file() {
                let content = fs::read(entry.path()).unwrap();
                if content.starts_with(&[0x1f, 0x8b]) {
                    let mut unpacked = Vec::new();
                    GzDecoder::new(content.as_slice()).read_to_end(&mut unpacked).unwrap();
                    self.text(&format!("{name} unpacked"), &unpacked);
                }
                self.text(&name, &content);
            }
        }
        self
    }

    /// Whether `text` is anywhere.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.texts.values().any(|hay| String::from_utf8_lossy(hay).contains(text))
    }

    pub(crate) fn count_of(&self, secret: &Secret) -> usize {
        self.hits().iter().filter(|hit| hit.secret == secret.name).count()
    }

    pub(crate) fn count(&self, secret: &Secret, place: Place) -> usize {
        self.hits().iter().filter(|hit| hit.secret == secret.name && hit.place == place).count()
    }

    /// One sentence for each secret that was found.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let said =
            |hit: &Hit| format!("{}: {} of {:?} in {}", self.name, hit.secret, hit.place, hit.file);
        self.hits().iter().map(said).collect()
    }

    fn hits(&self) -> &[Hit] {
        self.hits.get_or_init(|| self.search())
    }

    fn search(&self) -> Vec<Hit> {
        let mut forms = Vec::new();
        let mut owners = Vec::new();
        for place in Place::ALL {
            for secret in SECRETS {
                for needle in place.planted(secret).needles {
                    for form in needle.forms() {
                        forms.push(form);
                        owners.push((secret.name, *place, needle.clone()));
                    }
                }
            }
        }
        let search = AhoCorasick::new(&forms).unwrap();
        let mut hits = Vec::new();
        for (file, text) in &self.texts {
            for found in search.find_overlapping_iter(text) {
                let (secret, place, needle) = &owners[found.pattern().as_usize()];
                if needle.is_live(text, found.start()) {
                    hits.push(Hit { secret, place: *place, file: file.clone() });
                }
            }
        }
        hits
    }
}
