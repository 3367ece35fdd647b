//! The filters of listings, in both of Google's notations.

use regex::Regex;
use serde_json::Value;

/// What a listing is narrowed to.
#[derive(Debug)]
pub(super) struct Filter(Vec<Vec<Term>>);

#[derive(Debug)]
struct Term {
    field: Vec<String>,
    wanted: Wanted,
    negated: bool,
}

#[derive(Debug)]
enum Wanted {
    Equal(String),
    Matches(Regex),
    Present,
    Holds(String),
}

impl Filter {
    /// Reads `a = b`, `a != b`, `a eq regex`, `a ne regex`, `a:*`, `a:text`, joined by `AND` or `OR`, or
    /// none at all. Parentheses may stand around each term.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let any = text.split(" OR ").map(|part| {
            let spaced = part.replace(") (", ") AND (");
            let all = spaced.split(" AND ").map(term);
            all.collect::<Option<Vec<Term>>>()
        });
        any.collect::<Option<Vec<_>>>().map(Self)
    }

    pub(super) fn passes(&self, body: &Value) -> bool {
        self.0.iter().any(|all| all.iter().all(|term| term.passes(body)))
    }
}

fn term(text: &str) -> Option<Term> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')').trim();
    for (sign, negated, is_pattern) in
        [(" eq ", false, true), (" ne ", true, true), ("!=", true, false), ("=", false, false)]
    {
        if let Some((field, value)) = text.split_once(sign) {
            let value = unquoted(value);
            let wanted = match is_pattern {
                true => Wanted::Matches(Regex::new(&format!("^(?:{value})$")).ok()?),
                false => Wanted::Equal(value),
            };
            return Some(Term { field: path(field), wanted, negated });
        }
    }
    let (field, value) = text.split_once(':')?;
    let value = unquoted(value);
    let wanted = match value.strip_suffix('*') {
        Some("") => Wanted::Present,
        Some(start) => Wanted::Matches(Regex::new(&format!("^{}", regex::escape(start))).ok()?),
        None => Wanted::Holds(value),
    };
    Some(Term { field: path(field), wanted, negated: false })
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

fn path(text: &str) -> Vec<String> {
    text.trim().split('.').map(|part| part.trim_matches('"').to_owned()).collect()
}

impl Term {
    fn passes(&self, body: &Value) -> bool {
        let mut found = body;
        for part in &self.field {
            found = &found[part.as_str()];
        }
        let text = match found {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let passes = match (&self.wanted, text) {
            (_, None) => false,
            (Wanted::Equal(wanted), Some(text)) => text == *wanted,
            (Wanted::Matches(pattern), Some(text)) => pattern.is_match(&text),
            (Wanted::Present, Some(_)) => true,
            (Wanted::Holds(part), Some(text)) => text.contains(part.as_str()),
        };
        passes != self.negated
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let body = json!({
            "name": "api-x", "address": "198.18.0.1", "labels": { "k8s-io-cluster-name": "x" },
        });
        Filter::parse(filter).unwrap().passes(&body)
    }

    #[test]
    fn a_filter_passes_what_it_says() {
        for filter in [
            "address eq 198.18.0.1",
            "name = api-x",
            r#"name="api-x""#,
            "name ne other",
            "name eq .*api.*",
            "name:api-*",
            "labels.k8s-io-cluster-name=x",
            "labels.k8s-io-cluster-name:*",
            r#"(name = "other") OR (name = "api-x")"#,
            "(name = api-x) (labels.k8s-io-cluster-name = x)",
        ] {
            assert!(passes(filter), "{filter}");
        }
        for filter in [
            "address eq 198.18.0",
            "name = other",
            "labels.other:*",
            "name = api-x AND labels.k8s-io-cluster-name != x",
        ] {
            assert!(!passes(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_none() {
        assert!(Filter::parse("something").is_none());
        assert!(Filter::parse("name eq [").is_none());
    }
}
