//! Chooses the fault of a request.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use regex::Regex;

use crate::{
    call::Call,
    fault::Fault,
    plan::{FaultPlan, Often, When},
};

/// Chooses the fault of each request, and counts how often each rule matched.
#[derive(Debug)]
pub(crate) struct Chooser {
    rules: Vec<Counted>,
    chance: StdRng,
}

#[derive(Debug)]
struct Counted {
    when: When,
    path: Option<Regex>,
    fault: Fault,
    seen: u64,
}

impl Chooser {
    /// Nothing matched yet.
    ///
    /// # Errors
    /// A path is no regular expression.
    pub(crate) fn new(plan: &FaultPlan) -> Result<Self, regex::Error> {
        let rules = plan.rules.iter().map(|rule| {
            let path = rule.when.path.as_deref().map(Regex::new).transpose()?;
            Ok(Counted { when: rule.when.clone(), path, fault: rule.fault.clone(), seen: 0 })
        });
        let rules = rules.collect::<Result<_, regex::Error>>()?;
        Ok(Self { rules, chance: StdRng::seed_from_u64(plan.seed) })
    }

    /// The fault of a request: that of the first rule that fires.
    pub(crate) fn choose(&mut self, call: &Call) -> Option<Fault> {
        let chance = &mut self.chance;
        self.rules.iter_mut().find_map(|rule| {
            if !matches(rule, call) {
                return None;
            }
            rule.seen += 1;
            let fires = match rule.when.often {
                Often::Always => true,
                Often::Nth(nth) => rule.seen == nth,
                Often::First(first) => rule.seen <= first,
                Often::From(from) => rule.seen >= from,
                Often::Chance(probability) => chance.random_bool(probability.clamp(0.0, 1.0)),
            };
            fires.then(|| rule.fault.clone())
        })
    }
}

fn matches(rule: &Counted, call: &Call) -> bool {
    let Counted { when, path, .. } = rule;
    when.class.is_none_or(|class| class == call.class())
        && when.method.as_deref().is_none_or(|method| method == call.method.as_str())
        && when.host.as_deref().is_none_or(|host| host == call.host)
        && path.as_ref().is_none_or(|path| path.is_match(&call.target))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::*;
    use crate::plan::Rule;

    fn call(method: Method, target: &str) -> Call {
        let uri = target.parse().unwrap();
        Call::new("compute.googleapis.com", method, &uri, HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn only_calls_that_change_the_cloud_are_counted_as_mutations() {
        let plan = FaultPlan::of([Rule::mutation(2, Fault::Hang)]);
        let mut chooser = Chooser::new(&plan).unwrap();
        let networks = "/compute/v1/projects/p/global/networks";

        assert_eq!(chooser.choose(&call(Method::POST, networks)), None);
        assert_eq!(chooser.choose(&call(Method::GET, networks)), None);
        assert_eq!(chooser.choose(&call(Method::POST, networks)), Some(Fault::Hang));
        assert_eq!(chooser.choose(&call(Method::POST, networks)), None);
    }

    #[test]
    fn a_rule_matches_by_method_and_path() {
        let when = When {
            method: Some("DELETE".into()),
            path: Some("/networks/[a-z]+$".into()),
            ..When::default()
        };
        let plan = FaultPlan::of([Rule { when, fault: Fault::CutAfter }]);
        let mut chooser = Chooser::new(&plan).unwrap();
        let network = "/compute/v1/projects/p/global/networks/abc";

        assert!(chooser.choose(&call(Method::DELETE, network)).is_some());
        assert!(chooser.choose(&call(Method::GET, network)).is_none());
        assert!(chooser.choose(&call(Method::DELETE, "/global/networks/1")).is_none());
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let fired = |seed| {
            let when = When { often: Often::Chance(0.5), ..When::default() };
            let plan = FaultPlan { seed, ..FaultPlan::of([Rule { when, fault: Fault::Hang }]) };
            let mut chooser = Chooser::new(&plan).unwrap();
            (0..20).map(|_| chooser.choose(&call(Method::GET, "/")).is_some()).collect::<Vec<_>>()
        };

        assert_eq!(fired(7), fired(7));
        assert_ne!(fired(7), fired(8));
    }
}
