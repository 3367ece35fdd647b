//! What a terminal or GitHub's runner would obey.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

/// Sequences that a terminal obeys: colours, cursor moves, window titles, links. Each may begin with
/// one character of the upper control set in place of an escape and another.
static SEQUENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let patterns = [
        r"(?:\x1b\[|\u{9b})[0-?]*[ -/]*[@-~]?",
        // A text for the terminal itself, up to its end; without one it is no command.
        r"(?:\x1b[\]PX^_]|[\u{9d}\u{90}\u{98}\u{9e}\u{9f}])[^\x07\x1b\u{9c}\n]*(?:\x07|\x1b\\|\u{9c})",
        r"\x1b[ -/]*[0-~]?",
    ];
    Regex::new(&patterns.join("|")).ok()
});

/// A command of GitHub's runner at the beginning of a line. Without a letter it is none: `::1` is
/// an address.
static COMMAND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^(\s*)::([A-Za-z])").ok());

/// How the runner's older commands begin, anywhere in a line.
const OLD_COMMANDS: [(&str, &str); 2] = [("##[", "# #["), ("##vso[", "# #vso[")];

/// `text` without control sequences and control characters but tabs and line ends.
pub(crate) fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(is_suspicious)
        || !text.char_indices().any(|(at, c)| is_control(text, at, c))
    {
        return Cow::Borrowed(text);
    }
    let plain = SEQUENCE.as_ref().map_or(Cow::Borrowed(""), |found| found.replace_all(text, ""));
    let mut kept = String::with_capacity(plain.len());
    for (at, character) in plain.char_indices() {
        if !is_control(&plain, at, character) {
            kept.push(character);
        } else if character.is_whitespace() {
            // It may begin a line for whoever reads on: there must not be one.
            kept.push(' ');
        }
    }
    Cow::Owned(kept)
}

/// First bytes of the characters that [`is_control`] speaks of.
fn is_suspicious(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t' && byte != b'\n') || matches!(byte, 0x7f | 0xc2 | 0xe2 | 0xef)
}

/// Whether the character moves the cursor, ends a line or turns the direction of the text.
fn is_control(text: &str, at: usize, character: char) -> bool {
    match character {
        '\t' | '\n' => false,
        // The line ends of other systems are line ends.
        '\r' => !matches!(text.as_bytes().get(at + 1), None | Some(b'\n')),
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{feff}' => true,
        character => character.is_control(),
    }
}

/// `text` without commands for GitHub's runner.
pub(crate) fn without_commands(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains("::")
        && let Some(command) = COMMAND.as_ref()
        && let Cow::Owned(changed) = command.replace_all(&text, "$1: :$2")
    {
        text = Cow::Owned(changed);
    }
    for (from, to) in OLD_COMMANDS {
        if text.contains(from) {
            text = Cow::Owned(text.replace(from, to));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert!(SEQUENCE.is_some() && COMMAND.is_some());
    }

    #[test]
    fn control_sequences_are_taken_out() {
        for text in [
            "\x1b[31mred\x1b[0m",
            "\u{9b}31mred\u{9b}0m",
            "\x1b]0;title\x07red",
            "\x1b]8;;http://x\x1b\\red\x1b]8;;\x1b\\",
            "\u{9d}0;title\u{9c}red",
            "\x1bP+q\x1b\\red",
            "r\0e\x08d\x7f",
            "\u{202e}red\u{2069}",
            "red\x1b",
        ] {
            assert_eq!(without_controls(text), "red", "{text:?}");
        }
    }

    #[test]
    fn what_begins_a_line_for_others_becomes_a_space() {
        for end in ["\r", "\u{2028}", "\u{2029}", "\u{85}", "\x0b", "\x0c"] {
            assert_eq!(without_controls(&format!("a{end}::error::b")), "a ::error::b");
        }
    }

    #[test]
    fn line_ends_tabs_and_other_languages_are_left_as_they_are() {
        for text in ["a\tb\r\n", "a\r", "größer – „ü“ …", "日本語 \u{200b}"] {
            assert!(matches!(without_controls(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    #[test]
    fn commands_of_the_runner_are_defused() {
        assert_eq!(without_commands("::set-output name=a::b"), ": :set-output name=a::b");
        assert_eq!(without_commands("  ::add-mask::x"), "  : :add-mask::x");
        assert_eq!(without_commands("x ##[command]y"), "x # #[command]y");
        for text in ["::1 localhost", "fe80::1", "std::fmt", "## heading"] {
            assert!(matches!(without_commands(text), Cow::Borrowed(_)), "{text:?}");
        }
    }
}
