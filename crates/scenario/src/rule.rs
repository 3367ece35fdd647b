//! The rule by which measurements are judged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the measurements that match are judged. The first rule that matches a measurement holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Measurement, as in `measurements.json`; `*` stands for any text.
    pub measurement: String,
    /// Query of the measurement, such as `Perc99`; `*` stands for any text.
    #[serde(default = "any")]
    pub query: String,
    /// Labels that must be there with these values; `*` stands for any text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Which direction is better.
    pub better: Better,
    /// Value that must not be passed, in the measurement's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub limit: Option<f64>,
    /// Change for the worse against the median of the baseline that is allowed, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub change_percent: Option<f64>,
    /// Smallest change that counts at all, in the measurement's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub min_change: Option<f64>,
    /// What a broken rule does.
    #[serde(default)]
    pub policy: Policy,
    /// Who answers for the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why the numbers are what they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Day after which the rule must be looked at again, as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"))]
    pub expiry: Option<String>,
}

fn any() -> String {
    "*".into()
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// A latency.
    Lower,
    /// A throughput.
    Higher,
}

/// What a broken rule does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// It decides the verdict of the test.
    #[default]
    Gate,
    /// It is shown and decides nothing.
    Watch,
}

impl Rule {
    /// Whether the rule speaks of this measurement.
    #[must_use]
    pub fn matches(
        &self,
        measurement: &str,
        query: &str,
        labels: &BTreeMap<String, String>,
    ) -> bool {
        glob(&self.measurement, measurement)
            && glob(&self.query, query)
            && self
                .labels
                .iter()
                .all(|(name, pattern)| labels.get(name).is_some_and(|value| glob(pattern, value)))
    }
}

/// Whether `text` is `pattern`, where `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, matches) in [
            ("Perc99", "Perc99", true),
            ("Perc*", "Perc99", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*99", "Perc90", false),
            ("Perc", "Perc99", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }
}
