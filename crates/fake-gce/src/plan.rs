//! What is to go wrong, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{call::Class, fault::Fault};

/// What is to go wrong. The empty plan lets everything be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct FaultPlan {
    /// Of chance, where a rule has some.
    pub seed: u64,
    /// The first rule that fires decides.
    pub rules: Vec<Rule>,
    /// Zones without machines: virtual machines are not made there, and their group says why.
    pub stock_out: Vec<String>,
    /// Limits of quotas: by region, or under `global`, and there by metric, as `CPUS` or `NETWORKS`.
    pub quotas: BTreeMap<String, BTreeMap<String, f64>>,
    /// Virtual machines that never become nodes.
    pub never_boots: Option<NeverBoots>,
    /// Images that are gone: regular expressions over `project/name`.
    pub missing_images: Vec<String>,
    /// The credential is no good: the token endpoint refuses it, and so does everybody else.
    pub expired_credential: bool,
}

/// Virtual machines that run and never become nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NeverBoots {
    /// The first so many of every group.
    First(usize),
    /// Those with a name that holds this.
    Named(String),
}

/// Does something to some requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// To which.
    #[serde(default)]
    pub when: When,
    /// What.
    pub fault: Fault,
}

/// Which requests; what is left out matches all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct When {
    /// What the request does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// As `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// As `compute.googleapis.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// A regular expression that is found in the path and query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How often.
    pub often: Often,
}

/// How often a rule fires among the requests that match it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Often {
    /// Each time.
    #[default]
    Always,
    /// The n-th time, counted from 1.
    Nth(u64),
    /// The first n times.
    First(u64),
    /// From the n-th time on.
    From(u64),
    /// Each time with this probability.
    Chance(f64),
}

impl FaultPlan {
    /// A plan of this rule alone.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), ..Self::default() }
    }
}

impl Rule {
    /// Does `fault` to the n-th call, from 1, that changes the cloud.
    #[must_use]
    pub fn mutation(nth: u64, fault: Fault) -> Self {
        let when = When { class: Some(Class::Mutation), often: Often::Nth(nth), ..When::default() };
        Self { when, fault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_none_is_refused() {
        for text in [
            r#"{"rule": []}"#,
            r#"{"rules": [{"fault": "hang", "if": {}}]}"#,
            r#"{"rules": [{"fault": {"delay": {"s": 1}}}]}"#,
            r#"{"rules": [{"fault": "hang", "when": {"verb": "GET"}}]}"#,
            r#"{"never-boots": {"last": 1}}"#,
        ] {
            assert!(serde_json::from_str::<FaultPlan>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_example_of_the_page_is_a_plan() {
        let page = include_str!("../README.md");
        let examples: Vec<&str> =
            page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

        assert!(examples.len() >= 4);
        for example in examples {
            serde_json::from_str::<FaultPlan>(example)
                .unwrap_or_else(|error| panic!("{error}: {example}"));
        }
    }
}
