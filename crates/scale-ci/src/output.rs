//! What a machine may read: stdout.

use std::io::Write;

/// Writes to stdout; a reader who went away is no fault.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}
