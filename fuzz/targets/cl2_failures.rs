//! Fuzzes `cl2_runner::fuzzing::cl2_failures`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cl2_runner::fuzzing::cl2_failures(data));
