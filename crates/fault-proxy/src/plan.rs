//! A plan of faults, as data.

use serde::{Deserialize, Serialize};

use crate::{fault::Fault, kind::Kind};

/// What is done to which requests. The empty plan does nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// Seed of everything in it that is left to chance.
    #[serde(default)]
    pub seed: u64,
    /// Tried in order; the first one that fires is the fault of a request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Listings are given out in small pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// Requests need a token of `POST /token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

/// A fault, and the requests that have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    #[serde(default)]
    pub when: When,
    /// What is done to them.
    pub fault: Fault,
}

/// Which requests; what is not said holds for all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct When {
    /// What they ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Their method, in capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of their path and query, percent signs decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// How many of those that match.
    #[serde(default)]
    pub often: Often,
}

/// How many of the requests that match a rule have its fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Often {
    /// Every one.
    #[default]
    Always,
    /// This one alone, counted from 1.
    Nth(u64),
    /// The first so many.
    First(u64),
    /// One in so many.
    Every(u64),
    /// Each with this probability, from 0 to 1.
    Chance(f64),
}

/// Listings in small pages, which emulators do not give for folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pages {
    /// Most objects and folders on one page.
    pub size: usize,
    /// Whether an empty page, with a token for the next one, lies before each: Google may do so.
    #[serde(default)]
    pub empty: bool,
}

/// Tokens that end before they say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tokens {
    /// Requests that one token is good for.
    pub uses: u64,
}

impl Rule {
    /// Does `fault` to `often` of the requests of this `kind`.
    #[must_use]
    pub fn on(kind: Kind, often: Often, fault: Fault) -> Self {
        Self { when: When { kind: Some(kind), often, ..When::default() }, fault }
    }
}

impl Plan {
    /// A plan of these rules alone.
    #[must_use]
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), ..Self::default() }
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
            r#"{"rules": [{"fault": "hang", "when": {"often": {"sometimes": 1}}}]}"#,
            r#"{"pages": {"size": 1, "blank": true}}"#,
        ] {
            assert!(serde_json::from_str::<Plan>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let plan = Plan {
            pages: Some(Pages { size: 2, empty: true }),
            ..Plan::of([Rule::on(Kind::Part, Often::Nth(2), Fault::CutRequest { after: 9 })])
        };

        let text = serde_json::to_string(&plan).unwrap();

        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn every_example_of_the_page_is_a_plan() {
        let page = include_str!("../README.md");
        let examples: Vec<&str> =
            page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

        assert!(examples.len() >= 5);
        for example in examples {
            serde_json::from_str::<Plan>(example)
                .unwrap_or_else(|error| panic!("{error}: {example}"));
        }
    }
}
