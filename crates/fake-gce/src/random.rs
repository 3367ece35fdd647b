//! Plans made up by chance, the same one for the same seed.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    call::Class,
    fault::Fault,
    plan::{FaultPlan, NeverBoots, Often, Rule, When},
};

/// Mutating calls of a whole life of a small cluster, about: faults fall among them.
const CALLS: u64 = 110;

impl FaultPlan {
    /// A plan made up by chance: up to four faults at single calls, and now and then a zone without
    /// machines, a machine that never boots, or a server that is busy all along.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut plan = Self { seed, ..Self::default() };
        for _ in 0..chance.random_range(0..=4) {
            let nth = chance.random_range(1..=CALLS);
            plan.rules.push(Rule::mutation(nth, fault(&mut chance)));
        }
        if chance.random_bool(0.2) {
            let when = When {
                class: Some(Class::Object),
                often: Often::Nth(chance.random_range(1..=40)),
                ..When::default()
            };
            plan.rules.push(Rule { when, fault: fault(&mut chance) });
        }
        if chance.random_bool(0.2) {
            let when = When { often: Often::Chance(0.02), ..When::default() };
            plan.rules.push(Rule { when, fault: Fault::status(503) });
        }
        if chance.random_bool(0.1) {
            let letter = ["a", "b", "c"][chance.random_range(0..3)];
            plan.stock_out.push(format!("us-west1-{letter}"));
        }
        if chance.random_bool(0.1) {
            plan.never_boots = Some(NeverBoots::First(1));
        }
        plan
    }
}

fn fault(chance: &mut StdRng) -> Fault {
    match chance.random_range(0..9) {
        0 => Fault::quota(),
        1 => Fault::Answer {
            status: 429,
            reason: Some("rateLimitExceeded".into()),
            message: None,
            retry_after: Some(1),
        },
        2 => Fault::status(500),
        3 => Fault::status(503),
        4 => Fault::CutBefore,
        5 => Fault::CutAfter,
        6 => Fault::operation("INTERNAL_ERROR"),
        7 => Fault::operation("QUOTA_EXCEEDED"),
        _ => Fault::Delay { ms: chance.random_range(1..200) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan_and_seeds_differ() {
        let plans: Vec<FaultPlan> = (0..50).map(FaultPlan::random).collect();

        assert_eq!(plans, (0..50).map(FaultPlan::random).collect::<Vec<_>>());
        assert!(plans.iter().any(|plan| plan.rules.is_empty()));
        assert!(plans.iter().any(|plan| plan.rules.len() > 2));
    }
}
