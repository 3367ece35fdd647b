//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use std::path::{Component, Path};

use run_record::BucketAddress;

use crate::{gcs, layout, manifest::Manifest};

/// Reads `data` as a manifest. What can be read is the same when it was written and is read again.
pub fn manifest(data: &[u8]) {
    let Ok(read) = Manifest::parse("fuzz", data) else { return };
    let text = serde_json::to_vec(&read).unwrap_or_default();
    assert!(Manifest::parse("fuzz", &text).is_ok_and(|again| again == read));
    let _ = (read.folder().to_string(), read.bytes());
}

/// Reads `data` as the address of a bucket, a job, a build and the name of an object. No name leads
/// out of its folder.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = text.parse::<BucketAddress>();
    let plain =
        |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    assert!(layout::job_name(&text).is_err() || plain(&text));
    assert!(!layout::is_object_name(&text) || plain(&text));
    assert!(layout::build_number(&text).is_none_or(|number| number.to_string() == text));
}

/// Reads `data` as what a server of Google Cloud Storage answers.
pub fn answers(data: &[u8]) {
    gcs::read_as_answers(data);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("manifest", super::manifest);
        corpus::replay("names", super::names);
        corpus::replay("answers", super::answers);
    }
}
