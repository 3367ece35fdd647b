//! `index` of a block: every part of it has a checksum, and its table of contents comes last.

use std::{fs, path::Path};

use crate::tsdb::{TsdbError, number::varint};

/// What every index begins with.
const MAGIC: [u8; 4] = 0xBAAA_D700_u32.to_be_bytes();

/// Bytes of a place, of a length and of a checksum.
const PLACE: usize = 8;
const LENGTH: usize = 4;
const CHECKSUM: usize = 4;

/// Places in the table of contents: symbols, series, label indices, their table, postings, their
/// table.
const PLACES: usize = 6;

/// Where series and lists of postings may begin.
const SERIES_ALIGNED: usize = 16;
const POSTINGS_ALIGNED: usize = 4;

/// Counts the series in the index of the block called `name` in `folder`; every part is compared with
/// its checksum.
pub(crate) fn count(folder: &Path, name: &str) -> Result<u64, TsdbError> {
    let path = format!("{name}/index");
    let bytes = fs::read(folder.join("index"))
        .map_err(|source| TsdbError::Read { path: path.clone(), source })?;
    count_in(&bytes).map_err(|what| TsdbError::Damaged { path, what })
}

pub(super) fn count_in(index: &[u8]) -> Result<u64, String> {
    if !index.starts_with(&MAGIC) {
        return Err("it is no index".into());
    }
    let places = table(index).ok_or("it is cut off")?;
    let [symbols, series, labels, label_table, postings, postings_table] = places;
    for (what, at) in [("symbols", symbols), ("table of postings", postings_table)] {
        if at > 0 {
            framed(index, at).ok_or_else(|| format!("its {what} differ from their checksum"))?;
        }
    }
    let mut at = postings.next_multiple_of(POSTINGS_ALIGNED);
    let end = end_of(index, postings, &[label_table, postings_table]);
    while postings > 0 && at < end {
        at = framed(index, at).ok_or("its postings differ from their checksum")?;
        at = at.next_multiple_of(POSTINGS_ALIGNED);
    }
    let (mut at, mut found) = (series.next_multiple_of(SERIES_ALIGNED), 0);
    let end = end_of(index, series, &[labels, label_table, postings, postings_table]);
    while series > 0 && at < end {
        at = one_series(index, at)
            .ok_or_else(|| format!("series {} differs from its checksum", found + 1))?;
        at = at.next_multiple_of(SERIES_ALIGNED);
        found += 1;
    }
    Ok(found)
}

/// An index whose table of contents is the end of `data`.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn with_checksum(data: &[u8]) -> Vec<u8> {
    let table = &data[data.len().saturating_sub(PLACES * PLACE)..];
    [&MAGIC[..], data, &crc32c::crc32c(table).to_be_bytes()].concat()
}

/// The places of the parts, if the table of contents is whole.
fn table(index: &[u8]) -> Option<[usize; PLACES]> {
    let start = index.len().checked_sub(PLACES * PLACE + CHECKSUM)?;
    let (table, checksum) = index[start..].split_at(PLACES * PLACE);
    if crc32c::crc32c(table).to_be_bytes() != checksum {
        return None;
    }
    let mut places = [0; PLACES];
    for (place, bytes) in places.iter_mut().zip(table.chunks_exact(PLACE)) {
        *place = usize::try_from(u64::from_be_bytes(bytes.try_into().ok()?)).ok()?;
    }
    places.iter().all(|place| *place <= start).then_some(places)
}

/// Where the part that begins at `start` ends: where the next one of `after` begins.
fn end_of(index: &[u8], start: usize, after: &[usize]) -> usize {
    let table = index.len() - PLACES * PLACE - CHECKSUM;
    after.iter().copied().filter(|place| *place >= start).min().unwrap_or(table)
}

/// The end of the length, content and checksum at `at`, if they fit each other.
fn framed(index: &[u8], at: usize) -> Option<usize> {
    let length = index.get(at..at + LENGTH)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    checked(index, at + LENGTH, length)
}

/// The same for a series, whose length is a number of seven bits a byte.
fn one_series(index: &[u8], at: usize) -> Option<usize> {
    let (length, after) = varint(index.get(at..)?)?;
    checked(index, index.len() - after.len(), length)
}

fn checked(index: &[u8], at: usize, length: usize) -> Option<usize> {
    let end = at.checked_add(length)?;
    let content = index.get(at..end)?;
    let checksum = index.get(end..end + CHECKSUM)?;
    (crc32c::crc32c(content).to_be_bytes() == checksum).then_some(end + CHECKSUM)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An index of `series` series, as Prometheus lays it out.
    pub(in crate::tsdb) fn index(series: u32) -> Vec<u8> {
        let checksum = |content: &[u8]| crc32c::crc32c(content).to_be_bytes();
        let mut index = [&MAGIC[..], &[2]].concat();
        let frame = |index: &mut Vec<u8>, content: &[u8]| {
            let at = index.len() as u64;
            index.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
            index.extend(content);
            index.extend(checksum(content));
            at
        };
        let symbols = frame(&mut index, b"\x00\x00\x00\x01\x01a");
        index.resize(index.len().next_multiple_of(SERIES_ALIGNED), 0);
        let first = index.len() as u64;
        for _ in 0..series {
            index.resize(index.len().next_multiple_of(SERIES_ALIGNED), 0);
            index.push(20);
            index.extend([7; 20]);
            index.extend(checksum(&[7; 20]));
        }
        index.resize(index.len().next_multiple_of(POSTINGS_ALIGNED), 0);
        let postings = frame(&mut index, &[0; 8]);
        let table = frame(&mut index, &[0; 4]);
        let places: Vec<u8> = [symbols, first, 0, 0, postings, table]
            .into_iter()
            .flat_map(u64::to_be_bytes)
            .collect();
        index.extend(&places);
        index.extend(checksum(&places));
        index
    }

    #[test]
    fn series_are_counted() {
        assert_eq!(count_in(&index(3)), Ok(3));
        assert_eq!(count_in(&index(0)), Ok(0));
    }

    #[test]
    fn a_change_anywhere_is_noticed_wherever_there_is_something() {
        let whole = index(2);
        // Padding and the version hold nothing.
        let unnoticed: Vec<usize> = (0..whole.len())
            .filter(|at| {
                let mut changed = whole.clone();
                changed[*at] ^= 0x55;
                count_in(&changed).is_ok()
            })
            .collect();

        assert_eq!(unnoticed[0], 4);
        assert!(unnoticed.iter().skip(1).all(|at| whole[*at] == 0), "{unnoticed:?}");
        assert!(unnoticed.len() < 2 * SERIES_ALIGNED, "{unnoticed:?}");
    }

    #[test]
    fn an_index_cut_off_anywhere_is_noticed() {
        let whole = index(2);
        for length in 0..whole.len() {
            assert!(count_in(&whole[..length]).is_err(), "{length}");
        }
    }
}
