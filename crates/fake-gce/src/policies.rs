//! Reads and sets policies, of the project and of buckets.

use serde_json::Value;

use crate::{
    answer::{Answer, Answered},
    policy::{Policy, members},
    world::World,
};

/// Reads the policy of a bucket, or sets it.
pub(crate) fn bucket(world: &mut World, bucket: &str, wanted: Option<&Value>) -> Answered {
    if let Some(wanted) = wanted {
        check_members(world, wanted)?;
    }
    let policy = world.bucket_policies.entry(bucket.into()).or_default();
    answer(policy, wanted, "storage#policy")
}

/// Reads the policy of the project, or sets it.
pub(crate) fn project(world: &mut World, wanted: Option<&Value>) -> Answered {
    if let Some(wanted) = wanted {
        check_members(world, wanted)?;
    }
    answer(&mut world.policy, wanted, "")
}

fn answer(policy: &mut Policy, wanted: Option<&Value>, kind: &str) -> Answered {
    if let Some(wanted) = wanted
        && policy.set(wanted).is_err()
    {
        let message = "There were concurrent policy changes. Please retry the whole read-modify-write with \
                       exponential backoff.";
        // Storage answers 412 to this, everybody else 409.
        return Err(match kind {
            "" => Answer::refuse_with_status(409, "ABORTED", message),
            _ => Answer::refuse(412, "conditionNotMet", message),
        });
    }
    let mut shown = policy.shown();
    if !kind.is_empty() {
        shown["kind"] = kind.into();
    }
    Ok(Answer::ok(&shown))
}

/// Google refuses a member that is an account of this project and is not there.
fn check_members(world: &World, wanted: &Value) -> Result<(), Answer> {
    let suffix = format!("@{}.iam.gserviceaccount.com", world.project);
    for binding in wanted["bindings"].as_array().into_iter().flatten() {
        for member in members(binding) {
            let account = member.strip_prefix("serviceAccount:");
            let Some(account) = account.filter(|account| account.ends_with(&suffix)) else {
                continue;
            };
            if !world.accounts.contains_key(account) {
                let message = format!("Service account {account} does not exist.");
                return Err(Answer::refuse_with_status(400, "INVALID_ARGUMENT", &message));
            }
        }
    }
    Ok(())
}
