//! Fuzzes `artifact_gcs::fuzzing::answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| artifact_gcs::fuzzing::answers(data));
