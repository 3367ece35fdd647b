//! A log as a whole file, in bounded memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use crate::lines::LineRedactor;

/// Longest line that is read whole, in bytes: a file without line ends must not fill the memory.
const LONGEST_LINE: usize = 1 << 20;

/// Where a line that was read up to `most` bytes ends for a redactor: where it does, or between two
/// words if it goes on, since half a secret is not known as one.
#[must_use]
pub fn end_of_line(line: &[u8], most: usize) -> usize {
    if line.len() < most || line.ends_with(b"\n") {
        return line.len();
    }
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';');
    line.iter().rposition(is_between).map_or(line.len(), |at| at + 1)
}

/// Copies a log line by line, redacted.
///
/// # Errors
/// A file cannot be read or written.
pub fn redact_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut redactor = LineRedactor::default();
    let mut reader = BufReader::new(File::open(from)?);
    let mut writer = BufWriter::new(File::create(to)?);
    let mut line = Vec::new();
    loop {
        let room = (LONGEST_LINE - line.len()) as u64;
        (&mut reader).take(room).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return writer.flush();
        }
        let rest = line.split_off(end_of_line(&line, LONGEST_LINE));
        if let Some(kept) = redactor.line(&String::from_utf8_lossy(&line)) {
            writer.write_all(kept.as_bytes())?;
        }
        line = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_at_the_longest_line_s_end_is_hidden_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let token = format!("ghp_{}", "a".repeat(36));
        let text = format!("{} {token} end", "x".repeat(LONGEST_LINE - 20));
        std::fs::write(&from, &text).unwrap();

        redact_file(&from, &to).unwrap();

        assert_eq!(std::fs::read_to_string(&to).unwrap(), text.replace(&token, "***"));
    }

    #[test]
    fn a_line_without_any_end_is_read_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, vec![b'x'; 3 * LONGEST_LINE]).unwrap();

        redact_file(&from, &to).unwrap();

        assert_eq!(std::fs::metadata(&to).unwrap().len(), 3 * LONGEST_LINE as u64);
    }
}
