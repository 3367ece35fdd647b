//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use crate::{
    cl2_junit::{Junit, read_junit},
    index::BaselineIndex,
};

/// Reads `data` as ClusterLoader2's `junit.xml`. No violation is said twice.
pub fn cl2_junit(data: &[u8]) {
    let Junit::Read(found) = read_junit(&String::from_utf8_lossy(data)) else { return };
    for (at, one) in found.iter().enumerate() {
        assert!(!found[..at].contains(one), "{one:?} stands twice");
    }
}

/// Reads `data` as the index of a baseline.
pub fn baseline_index(data: &[u8]) {
    let _ = serde_json::from_slice::<BaselineIndex>(data);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("cl2_junit", super::cl2_junit);
        corpus::replay("baseline_index", super::baseline_index);
    }
}
