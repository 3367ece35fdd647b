//! What `cilium-install` writes about itself.

use std::{collections::BTreeMap, fmt};

use run_record::Outcome;
use scenario::TestName;
use serde::Serialize;
use stage::Reason;

use crate::index::Index;

/// What `cilium-install` writes about itself.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "did", rename_all = "kebab-case")]
pub enum Record {
    /// Every image that may not have been there is.
    Images(ImagesRecord),
    /// Cilium was installed.
    Installed(InstallRecord),
    /// Cilium was installed anew, and is ready.
    Reinstalled {
        /// What was installed.
        installed: InstallRecord,
        /// How it became ready.
        ready: ReadyRecord,
    },
    /// Cilium is ready.
    Ready(ReadyRecord),
    /// What a test changed was reset.
    Reset(ResetRecord),
    /// The cluster's state was kept.
    Sysdump(Index),
}

/// The images that were waited for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImagesRecord {
    /// Version of the chart.
    pub version: String,
    /// The images; none where all are a release's own.
    pub images: Vec<ImageRecord>,
    /// Milliseconds that were waited.
    pub waited_ms: u128,
}

/// An image that is there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageRecord {
    /// Its name.
    pub image: String,
    /// Its digest, if the registry says it.
    pub digest: Option<String>,
    /// What it is built for; none if it is one image and not a list of them.
    pub platforms: Vec<String>,
    /// How often it was looked for.
    pub looks: u32,
}

/// What was installed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InstallRecord {
    /// Version of the chart.
    pub version: String,
    /// Keys of `cilium-config` that are in effect as they were rendered.
    pub config_keys: usize,
    /// Image of each container that the chart asks for, by workload.
    pub images: BTreeMap<String, BTreeMap<String, String>>,
    /// CRDs that were applied and are served; none where an operator makes them.
    pub crds: Vec<String>,
}

/// How Cilium became ready.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReadyRecord {
    /// Nodes that have an agent.
    pub nodes: usize,
    /// Milliseconds that were waited.
    pub waited_ms: u128,
    /// Pods by image, by workload.
    pub images: BTreeMap<String, BTreeMap<String, u32>>,
    /// What belongs to the rule of readiness and was not looked at.
    pub not_checked: Vec<NotChecked>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NotChecked {
    /// What.
    pub what: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// What was reset after a test.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResetRecord {
    /// The test.
    pub test: TestName,
    /// What was asked for, in order.
    pub resets: Vec<ResetOf>,
}

/// One thing that was to be reset.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "reset", rename_all = "kebab-case")]
pub enum ResetOf {
    /// Every agent was restarted and is ready again.
    Agents(ReadyRecord),
    /// Connection tracking was emptied.
    Conntrack {
        /// Of so many nodes.
        nodes: usize,
    },
    /// There is none here.
    NotApplicable {
        /// What was asked for.
        what: &'static str,
        /// Why there is none.
        why: &'static str,
    },
}

impl Reason for Record {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Images(images) => images.fmt(f),
            Self::Installed(installed) => installed.fmt(f),
            Self::Reinstalled { installed, ready } => write!(f, "{installed}\n{ready}"),
            Self::Ready(ready) => ready.fmt(f),
            Self::Reset(reset) => reset.fmt(f),
            Self::Sysdump(index) => index.fmt(f),
        }
    }
}

impl fmt::Display for ImagesRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, ms) = (&self.version, self.waited_ms);
        if self.images.is_empty() {
            return write!(f, "Cilium {version} is a release: its images are there");
        }
        let count = self.images.len();
        write!(
            f,
            "{count} images of Cilium {version} are there after {}.{}s",
            ms / 1000,
            ms % 1000 / 100
        )?;
        for ImageRecord { image, digest, .. } in &self.images {
            write!(f, "\n  {image}")?;
            if let Some(digest) = digest {
                write!(f, " ({digest})")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for InstallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, keys) = (&self.version, self.config_keys);
        write!(f, "Cilium {version} is installed; {keys} keys of cilium-config are as asked")?;
        match self.crds.len() {
            0 => Ok(()),
            crds => write!(f, "; {crds} CRDs are served"),
        }
    }
}

impl fmt::Display for ReadyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nodes, ms) = (self.nodes, self.waited_ms);
        write!(f, "Cilium is ready on {nodes} nodes after {}.{}s", ms / 1000, ms % 1000 / 100)?;
        for (workload, images) in &self.images {
            for (image, pods) in images {
                write!(f, "\n  {workload}: {pods} pods of {image}")?;
            }
        }
        for one in &self.not_checked {
            write!(f, "\n  not checked: {} ({})", one.what, one.why)?;
        }
        Ok(())
    }
}

impl fmt::Display for ResetRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resets.is_empty() {
            return write!(f, "nothing is to be reset after test `{}`", self.test);
        }
        for (at, one) in self.resets.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            match one {
                ResetOf::Agents(ready) => write!(f, "{end}agents restarted: {ready}")?,
                ResetOf::Conntrack { nodes } => {
                    write!(f, "{end}connection tracking of {nodes} nodes is empty")?;
                }
                ResetOf::NotApplicable { what, why } => write!(f, "{end}{what}: {why}")?,
            }
        }
        Ok(())
    }
}
