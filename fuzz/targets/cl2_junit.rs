//! Fuzzes `verdict::fuzzing::cl2_junit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdict::fuzzing::cl2_junit(data));
