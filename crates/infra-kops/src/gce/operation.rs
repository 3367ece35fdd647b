//! What Google does after it has answered: an operation, which ends some time later.

use http::Method;
use serde_json::Value;

use super::{
    answer::Failure,
    google::{CallError, Google, Request},
    trouble::Trouble,
};

/// Where the Compute API is.
pub(super) const ROOT: &str = "https://compute.googleapis.com/compute/v1/";

/// Waits until the operation that `answer` describes has ended. Google answers as soon as it has, or
/// after two minutes.
pub(super) async fn wait(google: &Google, what: &str, answer: Value) -> Result<Value, CallError> {
    let mut operation = answer;
    while operation["status"] != "DONE" {
        let Some(link) = operation["selfLink"].as_str() else {
            let said = "the answer is no operation";
            return Err(CallError::of(what, Failure::new(Trouble::Lost, said)));
        };
        let url = format!("{}/wait", here(link));
        operation = match google.call(what, Request::new(Method::POST, url)).await {
            Ok(answer) => answer.body,
            // Google forgets operations some time after their end: how it ended is seen by looking.
            Err(error) if error.trouble == Trouble::NotFound => return Ok(Value::Null),
            Err(error) => return Err(error),
        };
    }
    let errors = operation["error"]["errors"].as_array();
    let Some(error) = errors.and_then(|errors| errors.first()) else { return Ok(operation) };
    let (code, message) = (&error["code"], &error["message"]);
    let (code, message) = (code.as_str().unwrap_or_default(), message.as_str().unwrap_or_default());
    let trouble = Trouble::of_operation(code, message);
    Err(CallError::of(what, Failure::new(trouble, format!("{code}: {message}"))))
}

/// The address at which a link of the Compute API is asked: links have another host.
fn here(link: &str) -> String {
    match link.split_once("/compute/v1/") {
        Some((_, path)) => format!("{ROOT}{path}"),
        None => link.into(),
    }
}
