//! The harness every stage stands on: entry, tools, cancellation, progress.

mod bad_input;
mod build;
mod cancel;
#[cfg(feature = "cluster")]
mod cluster;
mod entry;
mod environment;
mod exit;
mod finished;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod group;
#[cfg(feature = "http")]
mod http;
mod lines;
mod lock;
mod log;
mod marker;
mod myself;
mod parent;
mod pins;
mod progress;
mod repository;
mod retry;
#[cfg(feature = "http")]
mod retry_after;
mod said;
mod spawn;
mod stage;
#[cfg(feature = "testing")]
pub mod testing;
mod tool;
mod tool_error;
mod toolbox;
mod unread;
mod version;
mod waiting;
mod workflow;

pub use bad_input::is_bad_input;
pub use build::BuildError;
pub use cancel::Cancel;
#[cfg(feature = "cluster")]
pub use cluster::{ClusterError, client};
pub use entry::{Name, Verb, main, usage};
pub use exit::{Reason, chain};
pub use finished::{Ended, Finished};
#[cfg(feature = "http")]
pub use http::{http_client, use_ring};
pub use lock::lock;
pub use log::log_to_stderr;
pub use marker::{MARKER, end_all, marked, marked_runs};
pub use myself::myself;
pub use pins::{Module, PINS, Pin, SOURCES, Source};
pub use progress::Progress;
pub use redaction::{redact, redact_file};
pub use repository::Repository;
pub use retry::{Retry, retry};
#[cfg(feature = "http")]
pub use retry_after::retry_after;
pub use stage::Stage;
pub use tool::Tool;
pub use tool_error::ToolError;
pub use toolbox::{Toolbox, ToolboxError};
pub use unread::unread;
pub use waiting::waiting;
pub use workflow::{Workflow, annotations};
