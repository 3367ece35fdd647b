//! Fuzzes `stage::fuzzing::redaction`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stage::fuzzing::redaction(data));
