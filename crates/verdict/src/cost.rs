//! What the cluster of a run cost.

use jiff::Timestamp;
use run_record::{Cost, Plan, RunDir};

/// What the cluster of the run cost: its price for as long as it was there, by the ledger. One that
/// is still there goes on costing. It is what the plan expects of it whole, so rather too much: the
/// workers come later and go with it.
pub(crate) fn cost(run_dir: &RunDir, plan: &Plan, now: Timestamp) -> Option<Cost> {
    const SECONDS_PER_HOUR: f64 = 3600.0;
    let estimate = &plan.kops.as_ref()?.estimate;
    let ledger = run_dir.ledger().ok()?;
    let there = ledger.closed.unwrap_or(now).duration_since(ledger.opened);
    Some(estimate.over(there.as_secs_f64().max(0.0) / SECONDS_PER_HOUR))
}
