//! Service accounts.

use http::Method;

use super::{
    google::{CallError, Google, Request},
    trouble::Trouble,
};

/// Where service accounts are.
const ROOT: &str = "https://iam.googleapis.com/v1/projects/";

/// Whether the account with this address is there.
pub(crate) async fn is_there(google: &Google, email: &str) -> Result<bool, CallError> {
    let what = format!("look for the service account `{email}`");
    let url = format!("{ROOT}{}/serviceAccounts/{email}", google.project);
    match google.call(&what, Request::get(url)).await {
        Ok(_) => Ok(true),
        Err(error) if error.trouble == Trouble::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the account with this address. That it is gone already is what was wanted.
pub(crate) async fn remove(google: &Google, email: &str) -> Result<(), CallError> {
    let what = format!("remove the service account `{email}`");
    let url = format!("{ROOT}{}/serviceAccounts/{email}", google.project);
    match google.call(&what, Request::new(Method::DELETE, url)).await {
        Err(error) if error.trouble != Trouble::NotFound => Err(error),
        _ => Ok(()),
    }
}
