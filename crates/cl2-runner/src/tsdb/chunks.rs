//! `chunks/` of a block: segments of samples.

use std::{fs, path::Path};

use crate::tsdb::{TsdbError, number::varint};

/// What every segment begins with.
const MAGIC: [u8; 4] = 0x85BD_40DD_u32.to_be_bytes();

/// Bytes of a segment's head: magic, version, padding.
const HEAD: usize = 8;

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

/// Counts the chunks of the block called `name` in `folder`; each is compared with its checksum.
pub(crate) fn count(folder: &Path, name: &str) -> Result<u64, TsdbError> {
    let folder = folder.join("chunks");
    let failed = |path: String| |source| TsdbError::Read { path, source };
    let mut chunks = 0;
    for entry in fs::read_dir(&folder).map_err(failed(format!("{name}/chunks")))? {
        let entry = entry.map_err(failed(format!("{name}/chunks")))?;
        let path = format!("{name}/chunks/{}", entry.file_name().to_string_lossy());
        let bytes = fs::read(entry.path()).map_err(failed(path.clone()))?;
        chunks += count_in(&bytes).map_err(|what| TsdbError::Damaged { path, what })?;
    }
    Ok(chunks)
}

/// A chunk is a length, one byte of encoding, that many bytes of samples, and a checksum of the
/// encoding and the samples.
pub(super) fn count_in(segment: &[u8]) -> Result<u64, String> {
    if segment.len() < HEAD || !segment.starts_with(&MAGIC) {
        return Err("it is no segment of chunks".into());
    }
    let (mut rest, mut chunks) = (&segment[HEAD..], 0);
    while !rest.is_empty() {
        let cut_off = || format!("it is cut off in chunk {}", chunks + 1);
        let (length, after) = varint(rest).ok_or_else(cut_off)?;
        let (content, after) = after.split_at_checked(length + 1).ok_or_else(cut_off)?;
        let (checksum, after) = after.split_at_checked(CHECKSUM).ok_or_else(cut_off)?;
        if crc32c::crc32c(content).to_be_bytes() != checksum {
            return Err(format!("chunk {} differs from its checksum", chunks + 1));
        }
        rest = after;
        chunks += 1;
    }
    Ok(chunks)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A segment of `chunks` chunks of 200 bytes each: their length takes two bytes.
    pub(in crate::tsdb) fn segment(chunks: u32) -> Vec<u8> {
        let mut segment = [&MAGIC[..], &[1, 0, 0, 0]].concat();
        for _ in 0..chunks {
            let content = [&[1][..], &[7; 200]].concat();
            segment.extend([0xC8, 0x01]);
            segment.extend(&content);
            segment.extend(crc32c::crc32c(&content).to_be_bytes());
        }
        segment
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut bytes = segment(3);
        bytes[HEAD + 10] ^= 1;

        assert_eq!(count_in(&segment(3)), Ok(3));
        assert_eq!(count_in(&bytes), Err("chunk 1 differs from its checksum".into()));
        assert!(count_in(b"something else").is_err());
    }
}
