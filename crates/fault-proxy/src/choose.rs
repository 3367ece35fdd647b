//! Chooses the fault of a request.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    fault::Fault,
    kind::Kind,
    plan::{Often, Rule, When},
};

/// Chooses the fault of each request, and counts how often each rule matched.
#[derive(Debug)]
pub(crate) struct Chooser {
    rules: Vec<(Rule, u64)>,
    chance: StdRng,
}

impl Chooser {
    /// Nothing matched yet.
    pub(crate) fn new(rules: &[Rule], seed: u64) -> Self {
        let rules = rules.iter().map(|rule| (rule.clone(), 0)).collect();
        Self { rules, chance: StdRng::seed_from_u64(seed) }
    }

    /// The fault of a request: that of the first rule that fires.
    pub(crate) fn choose(&mut self, kind: Kind, method: &Method, uri: &Uri) -> Option<Fault> {
        let address = uri.path_and_query().map_or("/", |address| address.as_str());
        let address = percent_decode_str(address).decode_utf8_lossy().into_owned();
        let chance = &mut self.chance;
        self.rules.iter_mut().find_map(|(rule, seen)| {
            if !matches(&rule.when, kind, method, &address) {
                return None;
            }
            *seen += 1;
            let fires = match rule.when.often {
                Often::Always => true,
                Often::Nth(nth) => *seen == nth,
                Often::First(first) => *seen <= first,
                Often::Every(every) => every > 0 && *seen % every == 0,
                Often::Chance(probability) => chance.random_bool(probability.clamp(0.0, 1.0)),
            };
            fires.then(|| rule.fault.clone())
        })
    }
}

fn matches(when: &When, kind: Kind, method: &Method, address: &str) -> bool {
    when.kind.is_none_or(|wanted| wanted == kind)
        && when.method.as_deref().is_none_or(|wanted| wanted == method.as_str())
        && when.part.as_deref().is_none_or(|part| address.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(often: Often, seed: u64) -> Vec<usize> {
        let mut chooser = Chooser::new(&[Rule::on(Kind::Look, often, Fault::Hang)], seed);
        let uri = "/storage/v1/b/b/o/x".parse().unwrap();
        (1..=10).filter(|_| chooser.choose(Kind::Look, &Method::GET, &uri).is_some()).collect()
    }

    #[test]
    fn a_rule_fires_as_often_as_it_says() {
        assert_eq!(fired(Often::Always, 1).len(), 10);
        assert_eq!(fired(Often::Nth(3), 1), [3]);
        assert_eq!(fired(Often::First(2), 1), [1, 2]);
        assert_eq!(fired(Often::Every(4), 1), [4, 8]);
        assert_eq!(fired(Often::Chance(0.0), 1), [0; 0]);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        assert_eq!(fired(Often::Chance(0.5), 7), fired(Often::Chance(0.5), 7));
        assert_ne!(fired(Often::Chance(0.5), 7), fired(Often::Chance(0.5), 8));
    }

    #[test]
    fn a_rule_matches_by_method_and_by_a_part_of_the_decoded_address() {
        let when =
            When { method: Some("PUT".into()), part: Some("logs/j 1".into()), ..When::default() };
        let rule = Rule { when, fault: Fault::LoseAnswer };
        let mut chooser = Chooser::new(&[rule], 0);
        let mut chosen = |method: Method, uri: &str| {
            chooser.choose(Kind::Part, &method, &uri.parse().unwrap()).is_some()
        };

        assert!(chosen(Method::PUT, "/b/o?name=logs%2Fj%201"));
        assert!(!chosen(Method::GET, "/b/o?name=logs%2Fj%201"));
        assert!(!chosen(Method::PUT, "/b/o?name=logs%2Fj"));
    }
}
