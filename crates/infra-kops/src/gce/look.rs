//! Single things that a cluster needs or has: an image, a bucket, the machines of a group.

use http::Method;
use serde_json::{Value, json};

use super::{
    google::{CallError, Google, Request},
    object,
    operation::ROOT,
    pages::pages,
    trouble::Trouble,
};

/// Most machines that Google puts on a page.
const PAGE: u32 = 500;

/// The image called `project/image`; none if there is no such one.
pub(crate) async fn image(google: &Google, name: &str) -> Result<Option<Value>, CallError> {
    let (project, image) = name.split_once('/').unwrap_or((&google.project, name));
    let url = format!("{ROOT}projects/{project}/global/images/{image}");
    match google.call(&format!("look for the image `{name}`"), Request::get(url)).await {
        Ok(answer) => Ok(Some(answer.body)),
        Err(error) if matches!(error.trouble, Trouble::NotFound | Trouble::BadImage) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there is a bucket called `bucket`.
pub(crate) async fn bucket_is_there(google: &Google, bucket: &str) -> Result<bool, CallError> {
    let what = format!("look for the bucket `{bucket}`");
    match google.call(&what, Request::get(format!("{}{bucket}", object::ROOT))).await {
        Ok(_) => Ok(true),
        Err(error) if error.trouble == Trouble::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A machine of a group: one that is there, or is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Its name; empty while it has none.
    pub(crate) name: String,
    /// `RUNNING`, `STAGING`, ...; empty while there is none.
    pub(crate) status: String,
    /// Why the last attempt to make it failed.
    pub(crate) failure: Option<(Trouble, String)>,
}

/// The machines of the group at `zone/name`.
pub(crate) async fn machines(
    google: &Google,
    zone: &str,
    group: &str,
) -> Result<Vec<Machine>, CallError> {
    let what = format!("list the machines of `{zone}/instanceGroupManagers/{group}`");
    let path = format!("zones/{zone}/instanceGroupManagers/{group}/listManagedInstances");
    let url = format!("{ROOT}projects/{}/{path}", google.project);
    let nothing = json!({});
    let request = Request::new(Method::POST, &url).query("maxResults", PAGE).body(&nothing);
    let mut machines = Vec::new();
    pages(google, &what, request, |body| {
        machines.extend(body["managedInstances"].as_array().into_iter().flatten().map(machine));
        Ok(())
    })
    .await?;
    Ok(machines)
}

fn machine(found: &Value) -> Machine {
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    let errors = found["lastAttempt"]["errors"]["errors"].as_array();
    let failure = errors.and_then(|errors| errors.first()).map(|error| {
        let code = error["code"].as_str().unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default();
        (Trouble::of_operation(code, message), format!("{code}: {message}"))
    });
    Machine {
        name: text("instance").rsplit('/').next().unwrap_or_default().into(),
        status: text("instanceStatus").into(),
        failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_cannot_be_made_says_why() {
        let found = json!({
            "instance": "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/a-1",
            "currentAction": "CREATING",
            "lastAttempt": { "errors": { "errors": [{
                "code": "ZONE_RESOURCE_POOL_EXHAUSTED",
                "message": "The zone 'z' does not have enough resources available",
            }] } },
        });

        let machine = machine(&found);

        assert_eq!((machine.name.as_str(), machine.status.as_str()), ("a-1", ""));
        assert_eq!(machine.failure.unwrap().0, Trouble::StockOut);
    }
}
