//! The text of a scenario file as a value that remembers its places.

use serde_json::Value;

use crate::{found::Found, places::Places, position::Position, yaml};

/// A scenario file as JSON, with the place of every key.
#[derive(Debug)]
pub(crate) struct Source {
    /// What the file says, and the overrides after that.
    pub(crate) value: Value,
    /// Whether the end of the file was not reached.
    pub(crate) is_cut: bool,
    /// Where each value of the file stands.
    pub(crate) places: Places,
}

/// Largest scenario file that is read, in bytes; a real one has a few thousand.
pub const LARGEST: usize = 256 << 10;

impl Source {
    /// Reads `text`; what cannot be read of it is found.
    pub(crate) fn parse(text: &[u8]) -> (Self, Vec<Found>) {
        let mut document = yaml::Document { is_cut: true, ..Default::default() };
        if text.len() > LARGEST {
            let what = format!("is larger than {LARGEST} bytes (hint: it is no scenario)");
            document.found.push(Found::new("", what));
        } else {
            match text_of(text) {
                Ok(text) => document = yaml::read(text),
                Err(found) => document.found.push(found),
            }
        }
        let yaml::Document { value, places, found, is_cut } = document;
        (Self { value, is_cut, places }, found)
    }
}

/// A file as text, without the mark that some editors put in front.
fn text_of(bytes: &[u8]) -> Result<&str, Found> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let what = "is no UTF-8 text (hint: save the file as UTF-8)";
        Found::at(Position::behind(&before), "", what)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
