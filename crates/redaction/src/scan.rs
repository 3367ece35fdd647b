//! Looks through files that are handed on byte for byte, packed ones too.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::LazyLock,
};

use flate2::write::MultiGzDecoder;
use regex::bytes::Regex;

use crate::credential::{CREDENTIAL_WINDOW, has_credential};

/// What a file holds that others must not see or that a program would obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A key, a token or a password.
    Credential,
    /// A command for a terminal or for GitHub's runner.
    Command,
    /// Too much to be looked through.
    TooMuch,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "it holds a private key or a token",
            Self::Command => "it holds commands for a terminal or for GitHub's runner",
            Self::TooMuch => "what is packed in it is too large to be looked through",
        })
    }
}

/// Most that is unpacked of one file, in bytes: the database of a large suite has a tenth of it.
const MOST_UNPACKED: u64 = 4 << 30;

/// Bytes that are looked at at once: far more than a credential, far less than memory.
const PART: usize = 256 * 1024;

/// How a packed file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A command that begins a line of text, or a sequence for a terminal.
static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u)(?:[\n\r\x0b\x0c]|\xc2\x85|\xe2\x80[\xa8\xa9])[ \t]*::[A-Za-z][A-Za-z-]*(?: [^\n\r]{0,200})?::|##\[[a-z]|\x08|\x1b[\[\]P^_X]|\xc2[\x90\x98\x9b\x9d-\x9f]",
    )
    .ok()
});

/// Looks through bytes as they come.
#[derive(Debug)]
pub struct Scan {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing came yet.
    New,
    Plain(Window),
    Packed(Box<MultiGzDecoder<Window>>),
}

impl Default for Scan {
    fn default() -> Self {
        Self { state: State::New }
    }
}

impl Scan {
    /// Looks at the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        if matches!(self.state, State::New) && !bytes.is_empty() {
            self.state = if bytes.starts_with(&GZIP) {
                State::Packed(Box::new(MultiGzDecoder::new(Window::new(Some(MOST_UNPACKED)))))
            } else {
                State::Plain(Window::new(None))
            };
        }
        match &mut self.state {
            State::New => {}
            State::Plain(window) => window.look(bytes),
            // What cannot be unpacked shows nothing to anybody.
            State::Packed(decoder) => drop(decoder.write_all(bytes)),
        }
    }

    /// What was seen.
    #[must_use]
    pub fn finish(self) -> Option<Held> {
        match self.state {
            State::New => None,
            State::Plain(window) => window.finish(),
            State::Packed(mut decoder) => {
                let _ = decoder.try_finish();
                std::mem::replace(decoder.get_mut(), Window::new(None)).finish()
            }
        }
    }
}

/// The last bytes that came, so that what lies across two parts is seen whole.
#[derive(Debug)]
struct Window {
    buffer: Vec<u8>,
    held: Option<Held>,
    is_binary: bool,
    left: Option<u64>,
}

impl Window {
    fn new(most: Option<u64>) -> Self {
        // What begins the file begins a line.
        Self { buffer: vec![b'\n'], held: None, is_binary: false, left: most }
    }

    fn look(&mut self, bytes: &[u8]) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes.len() as u64);
            if *left == 0 {
                self.held = self.held.or(Some(Held::TooMuch));
            }
        }
        for part in bytes.chunks(PART) {
            if matches!(self.held, Some(Held::Credential | Held::TooMuch)) {
                return;
            }
            self.buffer.extend_from_slice(part);
            if self.buffer.len() >= PART {
                self.judge();
                let from = self.buffer.len().saturating_sub(CREDENTIAL_WINDOW);
                self.buffer.drain(..from);
            }
        }
    }

    fn judge(&mut self) {
        self.is_binary = self.is_binary || !is_text(&self.buffer);
        if has_credential(&self.buffer) {
            self.held = Some(Held::Credential);
        } else if !self.is_binary
            && self.held.is_none()
            && COMMAND.as_ref().is_none_or(|command| command.is_match(&self.buffer))
        {
            self.held = Some(Held::Command);
        }
    }

    fn finish(mut self) -> Option<Held> {
        if self.held.is_none_or(|held| held == Held::Command) {
            self.judge();
        }
        // Bytes that only look like a command do nothing in a file that is no text.
        self.held.filter(|held| *held != Held::Command || !self.is_binary)
    }
}

/// Whether it is UTF-8, but for a character that is cut off at either end. A zero alone makes nothing
/// binary: a terminal obeys what stands beside it.
fn is_text(bytes: &[u8]) -> bool {
    let cut = bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
    std::str::from_utf8(&bytes[cut..]).map_or_else(|error| error.error_len().is_none(), |_| true)
}

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.held, Some(Held::Credential | Held::TooMuch)) {
            return Err(io::Error::other("enough was seen"));
        }
        self.look(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the file at `path` holds.
///
/// # Errors
/// It cannot be read.
pub fn scan_file(path: &Path) -> io::Result<Option<Held>> {
    let mut file = File::open(path)?;
    let mut scan = Scan::default();
    let mut buffer = vec![0; PART];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(scan.finish()),
            read => scan.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn token() -> String {
        format!("ghp_{}", "a".repeat(36))
    }

    fn scan(bytes: &[u8]) -> Option<Held> {
        let mut scan = Scan::default();
        bytes.chunks(10_000).for_each(|part| scan.update(part));
        scan.finish()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_credential_across_two_parts_is_seen() {
        for at in [PART - 41, PART - 20, PART - 1, PART, PART + CREDENTIAL_WINDOW - 20] {
            let text = format!("{}{} {}", " ".repeat(at), token(), " ".repeat(PART));

            assert_eq!(scan(text.as_bytes()), Some(Held::Credential), "at {at}");
            assert_eq!(scan(&packed(text.as_bytes())), Some(Held::Credential), "packed, at {at}");
        }
    }

    #[test]
    fn commands_are_seen_in_text_alone() {
        for text in [
            "::add-mask::x",
            "a\n  ::error file=x::y",
            "a\r::debug::x",
            "x ##[group]",
            "a\u{8}b",
            "\x1b[31m",
            "\u{9b}0m",
        ] {
            assert_eq!(scan(text.as_bytes()), Some(Held::Command), "{text:?}");
            assert_eq!(scan(format!("{text}\0").as_bytes()), Some(Held::Command), "{text:?}");
            assert_eq!(scan(&[text.as_bytes(), &[0xff]].concat()), None, "{text:?}");
        }
        for text in ["", "std::fmt::Write", "a\n::1 localhost", r#"{"x":"\u001b[31m"}"#] {
            assert_eq!(scan(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_unpacked_holds_nothing() {
        let whole = packed(&[b'x'; 5000]);

        assert_eq!(scan(&whole[..whole.len() / 2]), None);
    }
}
