//! Fuzzes `cl2_runner::fuzzing::cl2_log`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cl2_runner::fuzzing::cl2_log(data));
