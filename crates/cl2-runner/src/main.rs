//! The `cl2-runner` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    cl2_runner::main(std::env::args_os().collect())
}
