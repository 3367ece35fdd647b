//! Fuzzes `cilium_install::fuzzing::helm_manifest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cilium_install::fuzzing::helm_manifest(data));
