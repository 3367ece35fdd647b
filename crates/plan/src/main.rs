//! The `plan` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    plan::main(std::env::args_os().collect())
}
