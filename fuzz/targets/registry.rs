//! Fuzzes `cilium_install::fuzzing::registry`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cilium_install::fuzzing::registry(data));
