//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use ::redaction::{LineRedactor, has_credential, redact};

use crate::version::first_version;

/// Redacts `data` as one text and line by line. What comes out holds nothing that a terminal or
/// GitHub's runner would obey, and no credential.
pub fn redaction(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check(&redact(&text));
    let mut redactor = LineRedactor::default();
    for line in text.split_inclusive('\n') {
        if let Some(line) = redactor.line(line) {
            check(&line);
        }
    }
}

fn check(seen: &str) {
    assert!(!seen.contains('\x1b'), "a control sequence is left");
    for line in seen.lines() {
        let line = line.trim_start();
        // `::1` is an address: the name of a command begins with a letter.
        let named = line.strip_prefix("::").and_then(|rest| rest.chars().next());
        assert!(!named.is_some_and(|first| first.is_ascii_alphabetic()), "a command is left");
        assert!(!line.contains("##["), "a command is left");
    }
    assert!(!has_credential(seen.as_bytes()), "a credential is left");
}

/// Looks for a version in what a program says.
pub fn version(data: &[u8]) {
    if let Some(version) = first_version(data) {
        assert!(version.starts_with(|c: char| c.is_ascii_digit()));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("redaction", super::redaction);
        corpus::replay("version", super::version);
    }
}
