//! The `cilium-install` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    cilium_install::main(std::env::args_os().collect())
}
