//! The `artifact-gcs` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    artifact_gcs::main(std::env::args_os().collect())
}
