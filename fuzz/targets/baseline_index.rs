//! Fuzzes `verdict::fuzzing::baseline_index`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdict::fuzzing::baseline_index(data));
