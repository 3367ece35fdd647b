//! Secrets that are known by what they look like, in base64 and at any place of a longer text.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use base64::Engine;

use crate::secrets::{BASE64, hide_secrets};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Text that secrets begin with or stand behind, long enough to be known in base64.
const MARKS: [&str; 37] = [
    "-----BEGIN",
    "eyJhbGci",
    "eyJ0eXAi",
    "eyJraWQi",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "dckr_pat_",
    "dckr_oat_",
    "xoxb-",
    "xoxp-",
    "npm_",
    "ya29.",
    "AIza",
    "AKIA",
    "ASIA",
    "GOCSPX-",
    "https://",
    "http://",
    "Bearer ",
    "Basic ",
    "uthorization",
    "\"auth\"",
    "-data",
    "password",
    "PASSWORD",
    "Password",
    "secret",
    "SECRET",
    "Secret",
    "token",
    "TOKEN",
    "Token",
];

/// Fewest characters by which a mark is known; a false alarm costs a look into what is encoded.
const SHORTEST: usize = 4;

/// The marks in base64, and which character of a group of four each begins with.
struct Marks {
    /// Finds where the first one is, many bytes at once.
    first: AhoCorasick,
    /// Finds all of them, one within the other too.
    all: AhoCorasick,
    offsets: Vec<usize>,
}

static ENCODED: LazyLock<Option<Marks>> = LazyLock::new(|| {
    let marks = MARKS.iter().flat_map(|mark| (0..3).map(move |before| at(mark, before)));
    let marks = marks.filter(|(text, _)| text.len() >= SHORTEST);
    let (texts, offsets): (Vec<String>, Vec<usize>) = marks.unzip();
    let first = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&texts).ok()?;
    let all = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(texts).ok()?;
    Some(Marks { first, all, offsets })
});

/// The characters that are the same wherever `mark` stands behind `before` bytes of a group of
/// three, and the place of the first one in its group of four.
fn at(mark: &str, before: usize) -> (String, usize) {
    const BITS: usize = 6;
    let bytes = [&[0; 2][..before], mark.as_bytes()].concat();
    let text = BASE64.encode(&bytes);
    let from = (before * 8).div_ceil(BITS);
    let to = (bytes.len() * 8) / BITS;
    (text[from..to].to_owned(), from)
}

/// `text` without what hides a secret in base64, and whether the last thing hidden may go on in the
/// next line.
pub(crate) fn hide_encoded(text: &str) -> (Cow<'_, str>, bool) {
    let found = find(text.as_bytes(), holds_secret);
    let Some(last) = found.last() else { return (Cow::Borrowed(text), false) };
    let goes_on = text[last.end..].trim().is_empty() && !text[last.clone()].ends_with('=');
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for range in &found {
        kept.push_str(&text[from..range.start]);
        kept.push_str(HIDDEN);
        from = range.end;
    }
    kept.push_str(&text[from..]);
    (Cow::Owned(kept), goes_on)
}

fn holds_secret(decoded: &[u8]) -> bool {
    matches!(hide_secrets(&String::from_utf8_lossy(decoded)), Cow::Owned(_))
}

/// The runs of base64 in `text` whose content `is_secret`.
pub(crate) fn find(text: &[u8], is_secret: impl Fn(&[u8]) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let Some(marks) = ENCODED.as_ref() else { return found };
    let mut run = 0..0;
    // Each run is read once for each place at which its groups may begin, however many marks it has.
    let mut read = [false; 4];
    let Some(first) = marks.first.find(text) else { return found };
    let rest = Input::new(text).range(first.start()..);
    for mark in marks.all.find_overlapping_iter(rest) {
        if mark.start() >= run.end {
            run = around(text, mark.start(), mark.end());
            read = [false; 4];
        }
        let first = (mark.start() - run.start + 4 - marks.offsets[mark.pattern().as_usize()]) % 4;
        if std::mem::replace(&mut read[first], true) {
            continue;
        }
        let is_new = found.last().is_none_or(|last| last.start != run.start);
        if is_new && is_secret(&decode(&text[(run.start + first).min(run.end)..run.end])) {
            found.push(run.clone());
        }
    }
    found
}

/// The run of base64 around what stands between `start` and `end`.
fn around(text: &[u8], start: usize, end: usize) -> Range<usize> {
    let before = text[..start].iter().rev().take_while(|byte| is_base64(**byte)).count();
    let after = text[end..].iter().take_while(|byte| is_base64(**byte)).count();
    let padding = text[end + after..].iter().take(2).take_while(|byte| **byte == b'=').count();
    start - before..end + after + padding
}

/// Whether base64 has the character, be it the usual one or the one for addresses.
pub(crate) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn decode(run: &[u8]) -> Vec<u8> {
    let usual = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => *byte,
    };
    let mut run: Vec<u8> = run.iter().map(usual).filter(|byte| *byte != b'=').collect();
    if run.len() % 4 == 1 {
        run.pop();
    }
    BASE64.decode(run).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> String {
        hide_encoded(text).0.into_owned()
    }

    #[test]
    fn a_secret_is_found_behind_any_number_of_bytes() {
        let token = format!("ghp_{}", "a1".repeat(18));
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n", "Ab1".repeat(20));
        for secret in [token.as_str(), &key, "db:\n  password: hunter2\n", "https://me:pass@host/"]
        {
            for before in 0..6 {
                let text = BASE64.encode(format!("{}{secret}", &"{\" : \""[..before]));

                assert_eq!(
                    hidden(&format!("data: {text} end")),
                    "data: *** end",
                    "{secret} {before}"
                );
            }
        }
    }

    #[test]
    fn base64_without_a_secret_and_long_words_are_left() {
        for text in [
            BASE64.encode("the token expired, and the password was not asked for: https://x"),
            "HighThroughputPodStartupLatency/StatefulPodStartupLatency".into(),
            "/var/lib/kubelet/pods/0a1b2c3d-0000/volumes/kubernetes.io~secret".into(),
        ] {
            assert_eq!(hidden(&text), text);
        }
    }

    #[test]
    fn a_run_at_the_end_of_a_line_goes_on() {
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}", "Ab1".repeat(20));
        let text = BASE64.encode(key);

        assert!(hide_encoded(&format!("{}\n", &text[..76])).1);
        assert!(!hide_encoded(&format!("{} end\n", &text[..76])).1);
    }
}
