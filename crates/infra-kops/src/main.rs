//! The `infra-kops` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    infra_kops::main(std::env::args_os().collect())
}
