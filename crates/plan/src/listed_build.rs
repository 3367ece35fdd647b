//! One build in a bucket, as `artifact-gcs list --json` tells it.

use std::error::Error;

use run_record::{Class, Outcome, Verdict};
use scenario::Override;
use serde::Deserialize;

/// What is asked of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The bucket.
    pub bucket: String,
    /// The jobs whose builds are wanted.
    pub jobs: Vec<String>,
    /// The second before which no build is of interest.
    pub since: u64,
}

/// Why nobody can tell what a bucket holds.
#[derive(Debug, thiserror::Error)]
#[error("failed to list the builds in `{bucket}`")]
pub struct Unlisted {
    /// The bucket.
    pub bucket: String,
    /// How that ends the step.
    pub outcome: Outcome,
    /// What kind of thing went wrong.
    pub class: Option<Class>,
    /// Why.
    pub source: Box<dyn Error + Send + Sync>,
}

/// What `artifact-gcs list --json` writes.
#[derive(Debug, Deserialize)]
pub(crate) struct Listing {
    /// The builds.
    pub(crate) builds: Vec<ListedBuild>,
}

/// One build, as far as it says what was tested.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct ListedBuild {
    /// The job.
    pub(crate) job: String,
    /// The build: one run has one number.
    pub(crate) build: u64,
    /// How the test or the run ended; none if the build is unfinished.
    pub(crate) outcome: Option<Outcome>,
    /// The verdict of the test.
    pub(crate) verdict: Option<Verdict>,
    /// The Cilium that was tested.
    pub(crate) version: Option<String>,
    /// What was overridden in the scenario.
    pub(crate) overrides: Vec<Override>,
}
