//! Who may do what: the policies of a project and of a bucket.

use std::time::Duration;

use http::Method;
use rand::RngExt;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    google::{CallError, Google, Request},
    object,
    trouble::Trouble,
};

/// Readings of a policy after which its change is given up: each of them lost against somebody else.
const MOST_READINGS: u32 = 12;

/// Longest pause between two of them; with so many, a dozen who change it at once all get their turn.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// The version that knows conditions: with an older one, a policy with conditions would lose them.
const VERSION: u32 = 3;

/// What has a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The project.
    Project,
    /// A bucket.
    Bucket(String),
}

impl Holder {
    /// The name of a binding of it in the ledger.
    pub(crate) fn label(&self, role: &str, member: &str) -> String {
        match self {
            Self::Project => format!("iam/bindings/{role}/{member}"),
            Self::Bucket(bucket) => format!("storage/{bucket}/bindings/{role}/{member}"),
        }
    }

    async fn read(&self, google: &Google) -> Result<Value, CallError> {
        match self {
            Self::Project => {
                let what = format!("read the policy of the project `{}`", google.project);
                let body = json!({ "options": { "requestedPolicyVersion": VERSION } });
                let request = Request::new(Method::POST, project(google, "getIamPolicy"));
                Ok(google.call(&what, request.body(&body)).await?.body)
            }
            Self::Bucket(bucket) => {
                let what = format!("read the policy of the bucket `{bucket}`");
                let request = Request::get(format!("{}{bucket}/iam", object::ROOT));
                let request = request.query("optionsRequestedPolicyVersion", VERSION);
                Ok(google.call(&what, request).await?.body)
            }
        }
    }

    async fn write(&self, google: &Google, policy: &Value) -> Result<(), CallError> {
        match self {
            Self::Project => {
                let what = format!("change the policy of the project `{}`", google.project);
                let body = json!({ "policy": policy });
                let request = Request::new(Method::POST, project(google, "setIamPolicy"));
                google.call(&what, request.body(&body)).await?;
            }
            Self::Bucket(bucket) => {
                let what = format!("change the policy of the bucket `{bucket}`");
                let request = Request::new(Method::PUT, format!("{}{bucket}/iam", object::ROOT));
                google.call(&what, request.body(policy)).await?;
            }
        }
        Ok(())
    }
}

fn project(google: &Google, verb: &str) -> String {
    format!("https://cloudresourcemanager.googleapis.com/v1/projects/{}:{verb}", google.project)
}

/// Every role that one of `accounts` has, with the member's name as it stands there.
pub(crate) async fn bindings(
    google: &Google,
    holder: &Holder,
    accounts: &[String],
) -> Result<Vec<(String, String)>, CallError> {
    let policy = holder.read(google).await?;
    let mut found = Vec::new();
    for binding in policy["bindings"].as_array().into_iter().flatten() {
        let role = binding["role"].as_str().unwrap_or_default();
        let members = binding["members"].as_array().into_iter().flatten();
        for member in members.filter_map(Value::as_str).filter(|member| is_of(member, accounts)) {
            found.push((role.to_owned(), member.to_owned()));
        }
    }
    Ok(found)
}

/// Takes every role from `accounts`. Whoever changes the policy at the same time loses nothing: it is
/// written only over what was read, else read again.
pub(crate) async fn unbind(
    google: &Google,
    holder: &Holder,
    accounts: &[String],
) -> Result<(), CallError> {
    let mut readings = 0;
    loop {
        let mut policy = holder.read(google).await?;
        if !strike(&mut policy, accounts) {
            return Ok(());
        }
        readings += 1;
        match holder.write(google, &policy).await {
            Err(error) if is_outdated(&error) && readings < MOST_READINGS => {
                let pause = Duration::from_millis(100).saturating_mul(1 << readings.min(8));
                let share = rand::rng().random_range(0.2..=1.0);
                sleep(pause.min(LONGEST_PAUSE).mul_f64(share)).await;
            }
            done => return done,
        }
    }
}

/// Whether what was read is not how it is any more: somebody changed it, or removed an account that
/// another binding is for.
fn is_outdated(error: &CallError) -> bool {
    matches!(error.trouble, Trouble::Changed | Trouble::There)
        || error.said.contains("does not exist")
}

/// Takes `accounts` out of a policy; whether one was in it. A binding without members is no binding.
fn strike(policy: &mut Value, accounts: &[String]) -> bool {
    let mut struck = false;
    let Some(bindings) = policy["bindings"].as_array_mut() else { return false };
    for binding in bindings.iter_mut() {
        let Some(members) = binding["members"].as_array_mut() else { continue };
        let before = members.len();
        members.retain(|member| !member.as_str().is_some_and(|member| is_of(member, accounts)));
        struck |= members.len() < before;
    }
    if struck {
        bindings.retain(|binding| !binding["members"].as_array().is_some_and(Vec::is_empty));
    }
    struck
}

/// Whether a member is one of `accounts`. Google renames the member of a removed account to
/// `deleted:serviceAccount:EMAIL?uid=NUMBER`.
fn is_of(member: &str, accounts: &[String]) -> bool {
    let member = member.strip_prefix("deleted:").unwrap_or(member);
    let Some(email) = member.strip_prefix("serviceAccount:") else { return false };
    let email = email.split('?').next().unwrap_or_default();
    accounts.iter().any(|account| account == email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_members_that_are_meant_are_struck_and_conditions_are_kept() {
        let mut policy = json!({
            "version": 3,
            "etag": "x",
            "bindings": [
                { "role": "a", "members": ["serviceAccount:node-a@p", "user:node-a@p"] },
                { "role": "b", "members": ["deleted:serviceAccount:node-a@p?uid=7"] },
                { "role": "c", "members": ["serviceAccount:node-a-b@p"], "condition": { "title": "t" } },
            ],
        });

        let struck = strike(&mut policy, &["node-a@p".into()]);
        let again = strike(&mut policy, &["node-a@p".into()]);

        assert!(struck && !again);
        assert_eq!(
            policy["bindings"],
            json!([
                { "role": "a", "members": ["user:node-a@p"] },
                { "role": "c", "members": ["serviceAccount:node-a-b@p"], "condition": { "title": "t" } },
            ])
        );
        assert_eq!(policy["etag"], "x");
    }
}
