//! The `scale-ci` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    scale_ci::main(std::env::args_os().collect())
}
