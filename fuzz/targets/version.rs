//! Fuzzes `stage::fuzzing::version`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stage::fuzzing::version(data));
