//! `manifest.json`: what a build is and every object in it; written last.

use jiff::Timestamp;
use run_record::{Class, FileError, Format, Outcome, Verdict, format_of};
use scenario::{Override, TestName};
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    layout::{self, BuildFolder},
    store::{Store, StoreError},
};

/// What a build is and every object in it. A build without it is unfinished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Version of this file's shape.
    pub(crate) format: Format,
    /// The job.
    pub(crate) job: String,
    /// The build.
    pub(crate) build: u64,
    /// The run.
    pub(crate) run_id: String,
    /// The test; none for the suite's own files.
    pub(crate) test: Option<TestName>,
    /// Job of the suite's own files.
    pub(crate) suite_job: String,
    /// Build of the suite's own files.
    pub(crate) suite_build: u64,
    /// When the test or the run began.
    pub(crate) started: Timestamp,
    /// When it ended.
    pub(crate) ended: Timestamp,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What kind of thing went wrong.
    pub(crate) class: Option<Class>,
    /// The verdict of the test, if it was judged.
    pub(crate) verdict: Option<Verdict>,
    /// What was overridden in the scenario.
    pub(crate) overrides: Vec<Override>,
    /// Every other object of the build, sorted by name.
    pub(crate) objects: Vec<Object>,
    /// Files that were there and are not exported.
    pub(crate) withheld: Vec<LeftOut>,
    /// Files that should be there and were not.
    pub(crate) missing: Vec<LeftOut>,
}

/// One object of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Object {
    /// Its name, relative to the build.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// CRC32C as Google Cloud Storage writes it: base64, highest byte first.
    pub(crate) crc32c: String,
    /// SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
}

/// Something that is not in the build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    /// The name it would have.
    pub(crate) name: String,
    /// Why it is not there.
    pub(crate) reason: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It cannot be read.
    #[error("failed to read the manifest of `{build}`")]
    Store {
        /// The build.
        build: String,
        /// What the bucket said.
        source: StoreError,
    },
    /// It is too large to be one.
    #[error("the manifest of `{build}` is larger than {most} MiB", most = LARGEST >> 20)]
    Large {
        /// The build.
        build: String,
    },
    /// It is of another version of the program.
    #[error(
        "the manifest of `{build}` has format {found}, this program reads format 1 (hint: use the version of the program that wrote it)"
    )]
    Format {
        /// The build.
        build: String,
        /// The version of its shape.
        found: u64,
    },
    /// It is something else.
    #[error("failed to understand the manifest of `{build}`")]
    Parse {
        /// The build.
        build: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// It speaks of another build.
    #[error("the manifest of `{build}` is that of `{other}`")]
    Other {
        /// The build.
        build: String,
        /// The build it speaks of.
        other: String,
    },
    /// It cannot be written down.
    #[error("failed to write the manifest down")]
    Write(#[source] FileError),
}

/// Largest manifest that is read, in bytes: a real one has some 250 bytes for each of 50 to 5000
/// objects.
const LARGEST: usize = 16 << 20;

/// A manifest that was read from a bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadManifest {
    /// The manifest.
    pub(crate) manifest: Manifest,
    /// Which writing of it this is, where the store counts them.
    pub(crate) generation: Option<u64>,
}

impl Object {
    /// The object `name` with these sums.
    pub(crate) fn new(name: String, digest: Digest) -> Self {
        let Digest { size, crc32c, sha256 } = digest;
        Self { name, size, crc32c, sha256 }
    }

    /// Its sums.
    pub(crate) fn digest(&self) -> Digest {
        Digest { size: self.size, crc32c: self.crc32c.clone(), sha256: self.sha256.clone() }
    }
}

impl Manifest {
    /// The build that it is of.
    pub(crate) fn folder(&self) -> BuildFolder {
        BuildFolder { job: self.job.clone(), build: self.build }
    }

    /// The object called `name`.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.name == name)
    }

    /// Bytes of all objects.
    pub(crate) fn bytes(&self) -> u64 {
        self.objects.iter().map(|object| object.size).sum()
    }

    /// The manifest of a build, if the build is finished.
    pub(crate) async fn read(
        store: &dyn Store,
        folder: &BuildFolder,
    ) -> Result<Option<ReadManifest>, ManifestError> {
        let build = folder.to_string();
        let name = folder.object(layout::MANIFEST);
        let failed = |source| ManifestError::Store { build: build.clone(), source };
        let Some(opened) = store.open(&name).await.map_err(failed)? else { return Ok(None) };
        let generation = opened.generation;
        let Some(text) = opened.whole(LARGEST).await.map_err(failed)? else {
            return Err(ManifestError::Large { build });
        };
        let manifest = Self::parse(&build, &text)?;
        if manifest.folder() != *folder {
            return Err(ManifestError::Other { build, other: manifest.folder().to_string() });
        }
        Ok(Some(ReadManifest { manifest, generation }))
    }

    /// The manifest of `build` in `text`.
    pub(crate) fn parse(build: &str, text: &[u8]) -> Result<Self, ManifestError> {
        serde_json::from_slice(text).map_err(|source| match format_of(text) {
            Some(found) if found != 1 => ManifestError::Format { build: build.into(), found },
            _ => ManifestError::Parse { build: build.into(), source },
        })
    }
}
