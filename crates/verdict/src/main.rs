//! The `verdict` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    verdict::main(std::env::args_os().collect())
}
