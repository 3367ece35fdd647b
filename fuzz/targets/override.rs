//! Fuzzes `scenario::fuzzing::one_override`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scenario::fuzzing::one_override(data));
