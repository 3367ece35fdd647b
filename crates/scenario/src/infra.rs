//! What differs by provider.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{kops::Kops, not_applicable::NotApplicable};

/// Who builds the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// kops on Google Compute Engine.
    Kops,
    /// A real control plane with simulated nodes on this machine.
    Kwok,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kops => "kops",
            Self::Kwok => "kwok",
        })
    }
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "kops" => Ok(Self::Kops),
            "kwok" => Ok(Self::Kwok),
            other => Err(format!("`{other}` is no provider (hint: it is `kwok` or `kops`)")),
        }
    }
}

/// What differs by provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Infra {
    /// kops on Google Compute Engine.
    pub kops: Kops,
    /// Simulated nodes on this machine.
    pub kwok: Kwok,
}

/// What holds on simulated nodes alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Kwok {
    /// Kubernetes version of the control plane; the pinned build is the only one there is.
    #[schemars(regex(pattern = r"^1\.[0-9]+\.[0-9]+$"))]
    pub kubernetes: String,
    /// Milliseconds from the binding of a pod to its start, on top of kwok's own.
    #[schemars(range(max = 600_000))]
    pub pod_ready_delay_ms: u32,
    /// What cannot be measured here.
    pub not_applicable: Vec<NotApplicable>,
}

impl Default for Kwok {
    fn default() -> Self {
        Self { kubernetes: "1.35.4".into(), pod_ready_delay_ms: 0, not_applicable: Vec::new() }
    }
}

impl Infra {
    /// What `provider` cannot measure.
    #[must_use]
    pub fn not_applicable(&self, provider: Provider) -> &[NotApplicable] {
        match provider {
            Provider::Kops => &self.kops.not_applicable,
            Provider::Kwok => &self.kwok.not_applicable,
        }
    }
}
