//! What a machine may read: stdout.

use std::io::Write;

use serde::Serialize;

/// Writes text to stdout.
pub(crate) fn say(text: &str) {
    command(&stage::redact(text));
}

/// Writes JSON to stdout.
pub(crate) fn say_json(value: &impl Serialize) {
    let value = redaction::redact_json(serde_json::to_value(value).unwrap_or_default());
    command(&serde_json::to_string_pretty(&value).unwrap_or_default());
}

/// Writes a command of GitHub's runner to stdout; a reader who went away is no fault.
pub(crate) fn command(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}
