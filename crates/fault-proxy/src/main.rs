//! The `fault-proxy` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    fault_proxy::main(std::env::args_os().collect())
}
