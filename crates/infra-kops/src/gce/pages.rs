//! Lists, which come in pages.

use serde_json::Value;

use super::{
    answer::Failure,
    google::{CallError, Google, Request},
    trouble::Trouble,
};

/// Most pages of one list: a project has no half million of anything.
const MOST_PAGES: usize = 1000;

/// Hands every page of a list to `each`, in order.
///
/// Fails for a list without an end, too: the same page again would be the same page for ever, and
/// what was seen of it is not all there is.
pub(super) async fn pages(
    google: &Google,
    what: &str,
    request: Request<'_>,
    mut each: impl FnMut(&Value) -> Result<(), CallError>,
) -> Result<(), CallError> {
    let mut token = String::new();
    for _ in 0..MOST_PAGES {
        let page = match token.as_str() {
            "" => request.clone(),
            token => request.clone().query("pageToken", token),
        };
        let body = google.call(what, page).await?.body;
        each(&body)?;
        match body["nextPageToken"].as_str() {
            None | Some("") => return Ok(()),
            Some(next) if next == token => break,
            Some(next) => token = next.into(),
        }
    }
    Err(CallError::of(what, Failure::new(Trouble::Refused, "the list has no end")))
}
