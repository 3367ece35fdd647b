//! `index` of a block: its head and the table at its end.

use std::{fs, path::Path};

use crate::tsdb::TsdbError;

/// What every index begins with.
const MAGIC: [u8; 4] = 0xBAAA_D700_u32.to_be_bytes();

/// Bytes of the table of contents: six places of eight bytes.
const TABLE: usize = 6 * 8;

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

/// Checks that the index of the block called `name` in `folder` is whole: its table of contents is
/// written last.
pub(crate) fn check(folder: &Path, name: &str) -> Result<(), TsdbError> {
    let path = format!("{name}/index");
    let bytes = fs::read(folder.join("index"))
        .map_err(|source| TsdbError::Read { path: path.clone(), source })?;
    check_bytes(&bytes).map_err(|what| TsdbError::Damaged { path, what: what.into() })
}

pub(super) fn check_bytes(bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.starts_with(&MAGIC) {
        return Err("it is no index");
    }
    let end = bytes.len().checked_sub(TABLE + CHECKSUM).map(|at| &bytes[at..]);
    let (table, checksum) = end.ok_or("it is cut off")?.split_at(TABLE);
    if crc32c::crc32c(table).to_be_bytes() == checksum { Ok(()) } else { Err("it is cut off") }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An index with an empty table.
    pub(in crate::tsdb) fn index() -> Vec<u8> {
        let table = [0; TABLE];
        [&MAGIC[..], &[2], &table, &crc32c::crc32c(&table).to_be_bytes()].concat()
    }
}
