//! What a run did: the run directory, every path in it and every file's shape.

mod bucket_address;
mod claim;
mod conclusion;
mod file;
mod foreign;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod judgement;
mod kops_plan;
mod ledger;
mod measurement;
mod metadata;
mod outcome;
mod partial;
mod plan;
mod process;
mod record;
mod run_dir;
mod step;
mod tidy;
mod withheld;

pub use bucket_address::{BucketAddress, BucketAddressError};
pub use claim::Claim;
pub use conclusion::{ConcludedStep, ConcludedTest, Conclusion};
pub use file::{
    FileError, format_of, read_json, read_whole, write_json, write_json_as_is, write_whole,
};
pub use foreign::Foreign;
pub use format::Format;
pub use judgement::{Baseline, Judged, Judgement, NotRun, Verdict, Violation};
pub use kops_plan::{Cost, KopsPlan};
pub use ledger::{Kind, Ledger, Resource, State};
pub use measurement::{Key, Measurement, Measurements, Unreadable};
pub use metadata::{Found, Metadata, Versions};
pub use outcome::{Class, Outcome};
pub use partial::{PARTIAL, remove_partial};
pub use plan::{Plan, PlannedTest, Trigger};
pub use process::{ProcessFile, ProcessId};
pub use record::{Attempt, Record, ToolUsed};
pub use run_dir::RunDir;
pub use step::{Step, When};
pub use withheld::{Withheld, WithheldFile};
