//! The tests of a scenario.

use std::{collections::BTreeMap, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{Policy, Rule};

/// One ClusterLoader2 execution with its own verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Test {
    /// Name of the test: 1 to 40 lower-case letters, digits and inner dashes.
    pub test: TestName,
    /// ClusterLoader2 config: relative to the scenario file, or `upstream:load/config.yaml` for one
    /// that comes with ClusterLoader2.
    pub config: ConfigPath,
    /// Values of the config's variables; the caller's `CL2_*` environment variables win.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, OverrideValue>,
    /// Minutes after which the test has timed out.
    #[serde(default = "deadline_minutes")]
    #[schemars(range(min = 1, max = 600))]
    pub deadline_minutes: u32,
    /// Seconds without progress after which the test is stopped: ClusterLoader2 says nothing new and
    /// its report gets no new file.
    #[serde(default = "stall_seconds")]
    #[schemars(range(min = 10, max = 36000))]
    pub stall_seconds: u32,
    /// What profiles that could not be taken do: they are counted and shown, or decide the verdict.
    #[serde(default = "profiles")]
    pub profiles: Policy,
    /// Version of what the test measures: results of two epochs are never compared.
    #[serde(default = "first_epoch")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epoch: u32,
    /// Name of the results' series, in place of `<scenario>-<test>-<provider>-<branch>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"), length(max = 100))]
    pub job: Option<String>,
    /// What is done before the test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Before>,
    /// What is reset after the test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<After>,
    /// How the measurements are judged.
    #[serde(default)]
    pub judging: Vec<Rule>,
}

/// Longest time a test may take unless it says otherwise, in minutes.
fn deadline_minutes() -> u32 {
    60
}

/// Longest time without progress unless the test says otherwise: some configs sleep for ten minutes.
fn stall_seconds() -> u32 {
    900
}

/// A missing profile is no reason to run for hours again.
fn profiles() -> Policy {
    Policy::Watch
}

fn first_epoch() -> u32 {
    1
}

/// What is done before a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Before {
    /// Install Cilium anew with the scenario's values.
    InstallCilium,
}

/// What is reset after a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// Restart every cilium-agent and wait for it.
    RestartAgents,
    /// Empty the connection tracking tables.
    ResetConntrack,
}

/// A ClusterLoader2 config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ConfigPath(pub String);

impl ConfigPath {
    /// The path below ClusterLoader2's own `testing` folder, if the config comes with it.
    #[must_use]
    pub fn upstream(&self) -> Option<&str> {
        self.0.strip_prefix("upstream:")
    }
}

/// The value of a ClusterLoader2 variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OverrideValue(
    #[schemars(extend("type" = ["string", "number", "boolean"]))] pub serde_json::Value,
);

/// Name of a test: 1 to 40 lower-case letters, digits and inner dashes. So it is safe in a path, in a
/// job and on a command line.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "minLength" = 1, "maxLength" = 40)
)]
pub struct TestName(String);

/// Longest name of a test: job names stay readable and within one path segment.
const LONGEST_NAME: usize = 40;

impl TestName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TestName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > LONGEST_NAME {
            return Err(format!("a test's name has 1 to {LONGEST_NAME} characters"));
        }
        if !text.chars().all(plain) || text.starts_with('-') || text.ends_with('-') {
            return Err(format!(
                "`{text}` is no name for a test (hint: lower-case letters, digits and inner dashes)"
            ));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for TestName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TestName> for String {
    fn from(name: TestName) -> Self {
        name.0
    }
}
