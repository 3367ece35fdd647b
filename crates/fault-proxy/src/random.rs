//! Makes up plans, the same one for the same seed.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    fault::Fault,
    kind::Kind,
    plan::{Often, Pages, Plan, Rule, When},
};

/// Most rules of a plan: with more, the first ones leave nothing to the last.
const MOST_RULES: usize = 5;

/// Largest probability of a fault: a client that tries a few times gets through now and then.
const LIKELIEST: f64 = 0.25;

/// What a random rule is for; tokens are left alone, since a client of an emulator has none.
const KINDS: [Kind; 7] =
    [Kind::Upload, Kind::Begin, Kind::Part, Kind::Status, Kind::Read, Kind::Look, Kind::List];

/// Requests among which one is chosen: some more than a small client makes.
const REQUESTS: u64 = 40;

impl Plan {
    /// The random plan of `seed`: a few rules, each likely enough to be met and rare enough to be
    /// survived. What costs a client its patience, or ends it, is done to one request alone.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let rules = (0..chance.random_range(1..=MOST_RULES)).map(|_| rule(&mut chance)).collect();
        let pages = chance
            .random_bool(0.5)
            .then(|| Pages { size: chance.random_range(1..=5), empty: chance.random_bool(0.5) });
        Self { seed, rules, pages, tokens: None }
    }
}

fn rule(chance: &mut StdRng) -> Rule {
    let (fault, ends) = fault(chance);
    let often = match ends || chance.random_bool(0.3) {
        true => Often::Nth(chance.random_range(1..=REQUESTS)),
        false => Often::Chance(chance.random_range(0.02..LIKELIEST)),
    };
    let kind = match chance.random_bool(0.5) {
        true => KINDS.choose(chance).copied(),
        false => None,
    };
    Rule { when: When { kind, often, ..When::default() }, fault }
}

/// A fault, and whether one is enough.
fn fault(chance: &mut StdRng) -> (Fault, bool) {
    /// Most bytes that a cut lets through: less than a middling object, so that most are met.
    const MOST_BYTES: u64 = 200_000;
    let after = match chance.random_bool(0.3) {
        true => 0,
        false => chance.random_range(0..MOST_BYTES),
    };
    match chance.random_range(0..14) {
        0 => (Fault::status(503), false),
        1 => (Fault::status(500), false),
        2 => (Fault::again_in(429, 1), false),
        3 => (Fault::status(408), false),
        4 => (Fault::status(412), true),
        5 => (Fault::status(403), true),
        6 => (Fault::status(404), true),
        7 => (Fault::LoseAnswer, false),
        8 => (Fault::CutRequest { after }, false),
        9 => (Fault::CutAnswer { after }, false),
        10 => (Fault::WrongChecksum, false),
        11 => (Fault::Delay { ms: chance.random_range(1..200) }, false),
        12 => (Fault::Hold { answers: chance.random_range(1..6), at_most_ms: 500 }, false),
        _ => (Fault::Hang, true),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_makes_one_plan_and_seeds_make_many() {
        let plans: Vec<Plan> = (0..200).map(Plan::random).collect();

        assert_eq!(plans[7], Plan::random(7));
        let texts: BTreeSet<String> =
            plans.iter().map(|plan| serde_json::to_string(&plan.rules).unwrap()).collect();
        assert!(texts.len() > 190, "{}", texts.len());
        assert!(plans.iter().all(|plan| (1..=MOST_RULES).contains(&plan.rules.len())));
    }
}
