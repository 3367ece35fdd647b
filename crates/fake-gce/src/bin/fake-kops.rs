//! The `fake-kops` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    fake_gce::kops_main(std::env::args_os().collect())
}
