//! The version of every JSON file in a run directory.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Version of a file's shape: always 1 so far. A newer one is refused, since its words may have
/// another meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format;

/// The version that is written and read.
pub(crate) const CURRENT: u32 = 1;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(CURRENT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            CURRENT => Ok(Self),
            other => Err(D::Error::custom(format_args!(
                "has format {other}, this program reads format {CURRENT} (hint: use the version of the program that wrote it)"
            ))),
        }
    }
}
