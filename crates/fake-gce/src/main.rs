//! The `fake-gce` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    fake_gce::main(std::env::args_os().collect())
}
