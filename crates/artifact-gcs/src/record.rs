//! What `artifact-gcs` says of what it did.

use std::fmt;

use jiff::Timestamp;
use run_record::{Outcome, Verdict};
use scenario::Override;
use serde::Serialize;
use stage::Workflow;

use crate::{manifest::Manifest, size::Size};

/// Most of a version, or of a commit, that a table has room for.
const SHORT_VERSION: usize = 12;

/// What `artifact-gcs` says of what it did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// A build was exported.
    Exported(Exported),
    /// Builds were fetched.
    Fetched(Fetched),
    /// Builds were listed.
    Listed(Listed),
}

/// A build that is in the bucket now.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// The job.
    pub job: String,
    /// The build.
    pub build: u64,
    /// Where it is.
    pub export_dir: String,
    /// Objects of the build, its manifest not counted.
    pub objects: usize,
    /// Bytes of the objects.
    pub bytes: u64,
    /// Objects that were there already.
    pub skipped: usize,
    /// Whether the whole build was there already.
    pub already_exported: bool,
    /// Names of files that were kept out of the build.
    pub withheld: Vec<String>,
    /// Names of files that should have been there.
    pub missing: Vec<String>,
    /// Lines that GitHub's runner shows on the page of the run.
    #[serde(skip)]
    notices: Vec<String>,
}

/// Builds that a test is compared with.
#[derive(Debug, Serialize)]
pub struct Fetched {
    /// The job.
    pub job: String,
    /// Where the builds come from; none if no bucket has the job.
    pub bucket: Option<String>,
    /// The builds, newest first.
    pub builds: Vec<u64>,
    /// Builds that were there and were passed over, with the reason.
    pub passed_over: Vec<String>,
    /// Builds that an earlier attempt had fetched.
    pub kept: usize,
    /// Folders of the job that are no builds.
    pub ignored: Vec<String>,
}

/// Builds that are in a bucket.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The bucket.
    pub bucket: String,
    /// The builds: job by job, newest first.
    pub builds: Vec<ListedBuild>,
}

/// One build that is in a bucket.
#[derive(Debug, Serialize)]
pub struct ListedBuild {
    /// The job.
    pub job: String,
    /// The build.
    pub build: u64,
    /// When the test or the run began; else what the number of the build says.
    pub started: Option<Timestamp>,
    /// How the test or the run ended.
    pub outcome: Option<Outcome>,
    /// The verdict of the test.
    pub verdict: Option<Verdict>,
    /// The Cilium that was tested, if the build says so.
    pub version: Option<String>,
    /// What was overridden in the scenario.
    pub overrides: Vec<Override>,
    /// Objects, if the build is finished.
    pub objects: Option<usize>,
    /// Bytes of the objects, if the build is finished.
    pub bytes: Option<u64>,
    /// `finished`, `unfinished`, or why the manifest cannot be read.
    pub state: String,
}

impl Exported {
    /// The build of `manifest` in the bucket at `address`.
    pub(crate) fn new(address: String, manifest: &Manifest, skipped: usize, there: bool) -> Self {
        let names = |left: &[crate::manifest::LeftOut]| {
            left.iter().map(|left| left.name.clone()).collect::<Vec<_>>()
        };
        Self {
            job: manifest.job.clone(),
            build: manifest.build,
            export_dir: format!("{address}/{}", manifest.folder()),
            objects: manifest.objects.len(),
            bytes: manifest.bytes(),
            skipped,
            already_exported: there,
            withheld: names(&manifest.withheld),
            missing: names(&manifest.missing),
            notices: Vec::new(),
        }
    }

    /// Tells GitHub which build it is and where.
    pub(crate) fn tell(&mut self, workflow: &Workflow) -> std::io::Result<()> {
        let build = self.build.to_string();
        self.notices.extend(workflow.notice("BUILD_ID", &build));
        self.notices.extend(workflow.notice("EXPORT_DIR", &self.export_dir));
        workflow.output("build-id", &build)?;
        workflow.output("export-dir", &self.export_dir)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exported(exported) => exported.fmt(f),
            Self::Fetched(fetched) => fetched.fmt(f),
            Self::Listed(listed) => listed.fmt(f),
        }
    }
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = Size(self.bytes);
        match (self.already_exported, self.skipped) {
            (true, _) => write!(f, "already exported: {} objects, {size}", self.objects)?,
            (false, 0) => write!(f, "exported {} objects, {size}", self.objects)?,
            (false, there) => {
                write!(f, "exported {} objects, {size}; {there} were there", self.objects)?;
            }
        }
        writeln!(f, ", to {}", self.export_dir)?;
        for (word, names) in [("withheld", &self.withheld), ("missing ", &self.missing)] {
            if !names.is_empty() {
                writeln!(f, "{word} {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.builds.len() == 1 { "build" } else { "builds" };
        write!(f, "{} {word} of {}", self.builds.len(), self.job)?;
        match &self.bucket {
            Some(bucket) => write!(f, " from {bucket}")?,
            None => write!(f, ": no bucket has an earlier one")?,
        }
        self.builds.iter().try_for_each(|build| write!(f, " {build}"))?;
        self.passed_over.iter().try_for_each(|reason| write!(f, "\npassed over {reason}"))
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.builds.is_empty() {
            return write!(f, "no builds in {}", self.bucket);
        }
        let width = self.builds.iter().map(|build| build.job.len()).max().unwrap_or_default();
        writeln!(
            f,
            "{:width$}  {:>11}  {:20}  {:12}  {:12}  {:>7}  {:>10}  STATE",
            "JOB", "BUILD", "DATE", "CILIUM", "VERDICT", "OBJECTS", "SIZE"
        )?;
        for build in &self.builds {
            let dash = || "-".to_owned();
            let date = build.started.map_or_else(dash, |date| format!("{date:.0}"));
            let word = match (build.verdict, build.outcome) {
                (Some(verdict), Some(Outcome::Done)) => verdict.to_string(),
                (_, Some(outcome)) => outcome.to_string(),
                (_, None) => dash(),
            };
            let version = build.version.as_deref().map_or("-", |version| {
                // A commit is known by its first digits.
                &version[..version.floor_char_boundary(SHORT_VERSION)]
            });
            let objects = build.objects.map_or_else(dash, |objects| objects.to_string());
            let size = build.bytes.map_or_else(dash, |bytes| Size(bytes).to_string());
            writeln!(
                f,
                "{:width$}  {:>11}  {date:20}  {version:12}  {word:12}  {objects:>7}  {size:>10}  {}",
                build.job, build.build, build.state
            )?;
        }
        Ok(())
    }
}

impl stage::Reason for Record {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }

    fn notices(&self) -> Vec<String> {
        match self {
            Self::Exported(exported) => exported.notices.clone(),
            Self::Fetched(_) | Self::Listed(_) => Vec::new(),
        }
    }
}
