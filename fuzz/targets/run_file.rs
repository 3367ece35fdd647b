//! Fuzzes `run_record::fuzzing::run_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| run_record::fuzzing::run_file(data));
