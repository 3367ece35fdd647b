//! Takes out of text what others must not see, and what a terminal or a runner would obey.

mod controls;
mod credential;
mod encoded;
mod file;
mod json;
mod key_value;
mod lines;
mod scan;
mod secrets;
mod text;

pub use credential::{CREDENTIAL_WINDOW, has_credential};
pub use file::{end_of_line, redact_file};
pub use json::{first_secret, redact_json};
pub use lines::LineRedactor;
pub use scan::{Held, Scan, scan_file};
pub use text::redact;
