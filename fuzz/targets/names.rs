//! Fuzzes `artifact_gcs::fuzzing::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| artifact_gcs::fuzzing::names(data));
