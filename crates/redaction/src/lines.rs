//! Line by line: what a key or a value leaves on the lines below the one it begins on.

use std::borrow::Cow;

use crate::{
    controls::{without_commands, without_controls},
    encoded::{hide_encoded, is_base64},
    key_value::block_indent,
    secrets::{PEM_BEGIN, PEM_END, hide_secrets},
};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Lines of others that may stand between two lines of a key: programs write side by side.
const PATIENCE: u8 = 16;

/// Characters of a full line of a key or certificate.
const FULL: usize = 64;

/// Fewest characters of a line of base64 that is known as one by itself.
const LONG: usize = 16;

/// Redacts line by line, and remembers what began on a line and goes on.
#[derive(Debug, Default)]
pub struct LineRedactor {
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Nothing goes on.
    #[default]
    Plain,
    /// A key, a certificate or a long text in base64 goes on.
    Body {
        /// Lines of others that may still come.
        patience: u8,
        /// Whether the last line of it was full, so that a short one ends it.
        full: bool,
    },
    /// A value goes on while lines are indented by more than this.
    Block(usize),
}

impl LineRedactor {
    /// The line without secrets; nothing if all of it is one. A line in which there was nothing to
    /// change comes back borrowed.
    pub fn line<'t>(&mut self, line: &'t str) -> Option<Cow<'t, str>> {
        let mut text = without_controls(line);
        match self.state {
            State::Plain => {}
            State::Block(indent) => {
                let own = text.len() - text.trim_start_matches([' ', '\t']).len();
                if !text.trim().is_empty() && own > indent {
                    return None;
                }
                if !text.trim().is_empty() {
                    self.state = State::Plain;
                }
            }
            State::Body { patience, full } => {
                text = self.go_on(text, patience, full)?;
            }
        }
        let mut is_wrapped = false;
        if let Some(cut) = cut_off(&text) {
            text = Cow::Owned(cut);
            is_wrapped = true;
        }
        let begins = begins(&text);
        let indent = block_indent(&text);
        text = then(text, hide_secrets);
        text = then(text, |text| {
            let (hidden, goes_on) = hide_encoded(text);
            is_wrapped |= goes_on;
            hidden
        });
        if begins || is_wrapped {
            self.state = State::Body { patience: PATIENCE, full: true };
        } else if let Some(indent) = indent {
            self.state = State::Block(indent);
        }
        Some(then(text, without_commands))
    }

    /// The line, which may go on with a key; nothing if it does.
    fn go_on<'t>(&mut self, text: Cow<'t, str>, patience: u8, full: bool) -> Option<Cow<'t, str>> {
        if text.contains(PEM_BEGIN) {
            return Some(text);
        }
        if let Some((before, after)) = text.split_once(PEM_END) {
            self.state = State::Plain;
            let after = after.split_once("-----").map_or("", |(_, after)| after);
            if before.trim().is_empty() && after.trim().is_empty() {
                return None;
            }
            return Some(Cow::Owned(format!("{before}{HIDDEN}{after}")));
        }
        let (before, word, after) = last_word(&text);
        if is_body(before, word, full) {
            self.state = State::Body { patience: PATIENCE, full: word.len() >= FULL };
            if before.trim().is_empty() {
                return None;
            }
            return Some(Cow::Owned(format!("{before}{HIDDEN}{after}")));
        }
        self.state = match patience.checked_sub(1) {
            Some(patience) => State::Body { patience, full },
            None => State::Plain,
        };
        Some(text)
    }
}

/// `change` on `text`; what did not change is not copied.
fn then<'t>(text: Cow<'t, str>, change: impl FnOnce(&str) -> Cow<'_, str>) -> Cow<'t, str> {
    match change(&text) {
        Cow::Owned(changed) => Cow::Owned(changed),
        Cow::Borrowed(_) => text,
    }
}

/// Whether a key begins in `text` and does not end in it.
fn begins(text: &str) -> bool {
    text.rfind(PEM_BEGIN).is_some_and(|at| !text[at..].contains(PEM_END))
}

/// The last word of a line, what stands before it, and what ends the line: quotes, commas, line
/// ends as programs write them.
fn last_word(text: &str) -> (&str, &str, &str) {
    let mut end = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'`,;+\\".contains(c));
    for escaped in ["\\n", "\\r"] {
        end = end.strip_suffix(escaped).unwrap_or(end);
    }
    let start =
        end.len() - end.bytes().rev().take_while(|byte| is_base64(*byte) || *byte == b'=').count();
    (&text[..start], &end[start..], &text[end.len()..])
}

/// Whether `word` is what a key goes on with, behind what a log may put in front of its lines.
fn is_body(before: &str, word: &str, full: bool) -> bool {
    // A checksum has no capitals.
    if word.len() >= LONG && !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    let is_long = word.len() >= LONG || word.ends_with('=') && word.len() >= 4;
    let is_end = full && !word.is_empty() && word.len().is_multiple_of(4);
    let front = before.trim_end_matches([' ', '\t', '"', '\'', '`']);
    let is_front = front.is_empty()
        || front.ends_with([']', ':', '|', '>'])
        || front.ends_with(" F")
        || front.ends_with(" P");
    word.len() >= FULL - LONG || ((is_long || is_end) && is_front)
}

/// The line without a full line of a key whose beginning was not seen.
fn cut_off(text: &str) -> Option<String> {
    if text.len() < FULL {
        return None;
    }
    let (before, word, after) = last_word(text);
    let is_alone = before.is_empty() || before.ends_with([' ', '\t', '"', '\'']);
    // A checksum has no capitals, and a path in a log no such length.
    let is_key = word.len() == FULL
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && !word.contains(['-', '_']);
    (is_alone && is_key).then(|| format!("{before}{HIDDEN}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2";

    fn kept(lines: &[&str]) -> String {
        let mut redactor = LineRedactor::default();
        lines.iter().filter_map(|line| redactor.line(line)).collect()
    }

    #[test]
    fn a_key_over_many_lines_is_left_out() {
        let lines = [
            "-----BEGIN EC PRIVATE KEY-----\n",
            "c2VjcmV0\n",
            "-----END EC PRIVATE KEY-----\n",
            "after\n",
        ];

        assert_eq!(kept(&lines), "***\nafter\n");
    }

    #[test]
    fn a_key_behind_what_a_log_puts_in_front_is_hidden() {
        for front in ["I1127 12:00:00.000 1 x.go:1] ", "2026-11-27T12:00:00Z stdout F ", "    "] {
            let lines = [
                format!("{front}-----BEGIN PRIVATE KEY-----\n"),
                format!("{front}{BODY}\n"),
                "I1127 12:00:01.000 1 y.go:2] 12 pods are running\n".into(),
                format!("{front}{BODY}\n"),
                format!("{front}OF/2NxApJCzGCEDdfSp6\n"),
                format!("{front}-----END PRIVATE KEY-----\n"),
                format!("{front}after the key\n"),
            ];
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();

            let kept = kept(&lines);

            assert!(!kept.contains("MIGH") && !kept.contains("OF/2"), "{kept}");
            assert!(
                kept.contains("12 pods are running") && kept.contains("after the key"),
                "{kept}"
            );
        }
    }

    #[test]
    fn a_key_that_never_ends_does_not_hide_the_rest_of_a_log() {
        let mut lines = vec!["the file begins with -----BEGIN RSA PRIVATE KEY-----\n"];
        lines.extend(["I1127 x.go:1] Pods: 12 created, 12 running\n"; 20]);

        assert_eq!(kept(&lines).matches("12 running").count(), 20);
    }

    #[test]
    fn a_wrapped_text_in_base64_is_left_out_to_its_end() {
        let lines = [
            "tls.key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5\n",
            "QWdFR0NDcUdTTTQ5QXdFSEJHMHdhd0lCQVFRZ2V2WnpMMWdkQUZyODhoYjJPRi8yTnhBcA\n",
            "CiAgICAgICAgICA=\n",
            "other: value\n",
        ];

        assert_eq!(kept(&lines), "tls.key: ***\nother: value\n");
    }

    #[test]
    fn a_line_of_a_key_whose_beginning_is_gone_is_hidden_and_a_checksum_is_not() {
        let sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";

        assert_eq!(kept(&[&format!("x.go:1] {BODY}\n"), sum]), format!("x.go:1] ***\n{sum}"));
    }

    #[test]
    fn a_value_on_the_lines_below_its_name_is_left_out() {
        let lines =
            ["db:\n", "  password: |\n", "    hunter2\n", "\n", "    more\n", "  user: me\n"];

        assert_eq!(kept(&lines), "db:\n  password: |\n\n  user: me\n");
    }

    #[test]
    fn a_sequence_in_the_middle_does_not_save_a_secret_or_a_command() {
        assert_eq!(kept(&["ghp_aaaaaaaaaa\x1b[0maaaaaaaaaaaaaaaa"]), "***");
        assert_eq!(kept(&["\x1b[0m::set-env name=a::b"]), ": :set-env name=a::b");
    }
}
