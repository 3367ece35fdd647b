//! Fuzzes `cilium_install::fuzzing::chart`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cilium_install::fuzzing::chart(data));
