//! The `infra-kwok` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    infra_kwok::main(std::env::args_os().collect())
}
