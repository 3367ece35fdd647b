//! Size and checksums of an object, taken while it streams by.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Size and checksums of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digest {
    /// Bytes.
    pub(crate) size: u64,
    /// CRC32C, as Google Cloud Storage writes it: base64 of the four bytes, the highest first.
    pub(crate) crc32c: String,
    /// SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
}

/// What a store knows of an object without giving it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes.
    pub(crate) size: u64,
    /// CRC32C in base64.
    pub(crate) crc32c: String,
    /// Which writing of the object it is, where the store counts them.
    pub(crate) generation: Option<u64>,
}

impl Digest {
    /// Whether an object with this head holds the same bytes, as far as a store can tell.
    pub(crate) fn is_of(&self, head: &Head) -> bool {
        self.size == head.size && self.crc32c == head.crc32c
    }
}

/// Counts and sums bytes as far as a store does.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadSum {
    size: u64,
    crc32c: u32,
}

impl HeadSum {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.crc32c = crc32c::crc32c_append(self.crc32c, bytes);
    }

    /// The sums of all that was taken.
    pub(crate) fn finish(self) -> Head {
        let crc32c = BASE64_STANDARD.encode(self.crc32c.to_be_bytes());
        Head { size: self.size, crc32c, generation: None }
    }
}

/// Counts and sums bytes in every way.
#[derive(Clone, Debug, Default)]
pub(crate) struct DigestSum {
    head: HeadSum,
    sha256: Sha256,
}

impl DigestSum {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.head.update(bytes);
        self.sha256.update(bytes);
    }

    /// The sums of all that was taken.
    pub(crate) fn finish(self) -> Digest {
        let Head { size, crc32c, .. } = self.head.finish();
        Digest { size, crc32c, sha256: hex::encode(self.sha256.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_that_google_and_sha256sum_give() {
        let mut sum = DigestSum::default();
        sum.update(b"12345");
        sum.update(b"6789");

        let digest = sum.finish();

        // The check value of CRC-32C is e3069283.
        assert_eq!((digest.size, digest.crc32c.as_str()), (9, "4waSgw=="));
        assert_eq!(&digest.sha256[..16], "15e2b0d3c33891eb");
    }

    #[test]
    fn a_head_tells_other_bytes_of_the_same_size_apart() {
        let mut sum = DigestSum::default();
        sum.update(b"one");
        let (mut same, mut other) = (HeadSum::default(), HeadSum::default());
        same.update(b"one");
        other.update(b"two");

        let digest = sum.finish();

        assert!(digest.is_of(&same.finish()) && !digest.is_of(&other.finish()));
    }
}
