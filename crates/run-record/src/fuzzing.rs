//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    conclusion::Conclusion, file::parse, judgement::Judgement, ledger::Ledger,
    measurement::Measurements, metadata::Metadata, plan::Plan, process::ProcessFile,
    record::Record,
};

/// Reads `data` as each file of a run directory. What can be read is the same when it was written
/// and is read again.
pub fn run_file(data: &[u8]) {
    through::<Plan>(data);
    through::<Ledger>(data);
    through::<Record>(data);
    through::<Metadata>(data);
    through::<Judgement>(data);
    through::<Conclusion>(data);
    through::<Measurements>(data);
    through::<ProcessFile>(data);
}

fn through<T: DeserializeOwned + Serialize + PartialEq>(data: &[u8]) {
    let Ok(read) = parse::<T>("fuzz".as_ref(), data) else { return };
    let text = serde_json::to_vec(&read).unwrap_or_default();
    assert!(parse::<T>("fuzz".as_ref(), &text).is_ok_and(|again| again == read));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("run_file", super::run_file);
    }
}
