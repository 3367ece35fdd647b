//! Fuzzes `cl2_runner::fuzzing::report`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cl2_runner::fuzzing::report(data));
