//! Secrets that are known by what they look like, in plain text.

use std::{borrow::Cow, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use regex::{Captures, Regex};

use crate::key_value;

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// How a key or a certificate begins, as it is, in an address or in a form.
pub(crate) const PEM_BEGIN: &str = "-----BEGIN";

/// How it ends.
pub(crate) const PEM_END: &str = "-----END";

/// Reads base64 with its padding or without.
pub(crate) static BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One rule: what is found, and what is put in its place.
struct Rule {
    /// Text that must be there for the pattern to match, in lower case.
    hints: &'static [&'static str],
    pattern: &'static str,
    put: Put,
}

/// What is put in the place of what was found.
#[derive(Clone, Copy)]
enum Put {
    /// This.
    Text(&'static str),
    /// Stars after the first group, if the second one is base64 of `user:password`.
    IfPair,
}

/// Everything that must not be seen by others, most specific first.
const RULES: [Rule; 14] = [
    Rule {
        hints: &["-----begin"],
        // Without its end, as far as it looks like one.
        pattern: r#"-----BEGIN(?: |%20|\+)[A-Z0-9 %+]{0,60}-----(?:(?:\s|\\+[nr]|%0[AaDd]|["',])*[A-Za-z0-9+/=%]{16,})*"#,
        put: Put::Text(HIDDEN),
    },
    Rule {
        hints: &["://", "%3a%2f%2f"],
        pattern: r#"(?i)(://|%3a%2f%2f)[^ \t\r\n\x0b\x0c/?#@"'<>\\]*?(?::|%3a)[^ \t\r\n\x0b\x0c/?#"'<>\\]*(@|%40)"#,
        put: Put::Text("${1}***${2}"),
    },
    Rule {
        hints: &["authorization"],
        pattern: r#"(?i)(authorization\\*["']?[ \t]*[:=]?[ \t]*\\*["'\[]?)((?:bearer|basic|token|digest)(?:[ \t]|%20)+)[^\s"'\]\\]+"#,
        put: Put::Text("${1}${2}***"),
    },
    Rule {
        hints: &["bearer"],
        pattern: r"(?i)(?-u:\b)(bearer(?:[ \t]|%20)+)[A-Za-z0-9._~+/=-]{8,}",
        put: Put::Text("${1}***"),
    },
    Rule {
        hints: &["auth", "basic"],
        pattern: r#"(?i)((?-u:\b)auth\\*["']?[ \t]*[:=][ \t]*\\*["']?|(?-u:\b)basic[ \t]+)([A-Za-z0-9+/]{4,}={0,2})"#,
        put: Put::IfPair,
    },
    Rule {
        hints: &["auth"],
        pattern: r#"((?-u:\b)auth\\*["'][ \t]*:[ \t]*\\*["'])[A-Za-z0-9+/]{8,}={0,2}"#,
        put: Put::Text("${1}***"),
    },
    // JSON web tokens.
    Rule {
        hints: &["eyj"],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){1,2}",
        put: Put::Text(HIDDEN),
    },
    // GitHub's, GitLab's, Docker's, Slack's and npm's.
    Rule {
        hints: &[
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "dckr_pat_",
            "dckr_oat_",
            "xox",
            "npm_",
        ],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,}|dckr_[po]at_[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{36})",
        put: Put::Text(HIDDEN),
    },
    // Google's: access tokens, refresh tokens, keys, secrets of clients.
    Rule {
        hints: &["ya29.", "1//0", "aiza", "gocspx-"],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])(?:ya29\.[A-Za-z0-9_-]{10,}|1//0[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{20,})",
        put: Put::Text(HIDDEN),
    },
    // Amazon's key ids and signatures.
    Rule {
        hints: &["akia", "asia"],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])(?:AKIA|ASIA)[A-Z0-9]{16}(?-u:\b)",
        put: Put::Text(HIDDEN),
    },
    Rule {
        hints: &["signature="],
        pattern: r"(?i)\b(signature=)[0-9a-f]{64,}",
        put: Put::Text("${1}***"),
    },
    // A line of a key or certificate whose beginning was cut off.
    Rule {
        hints: &["mii"],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])MII[A-Za-z0-9+/]{60,}={0,2}",
        put: Put::Text(HIDDEN),
    },
    Rule {
        hints: &["mhcca", "mighagea"],
        pattern: r"(?:(?-u:\b)|\\[bfnrt])(?:MHcCA|MIGHAgEA)[A-Za-z0-9+/]{40,}={0,2}",
        put: Put::Text(HIDDEN),
    },
    // A user and a password for a program of the command line.
    Rule {
        hints: &["-u ", "--user", "--proxy-user"],
        pattern: r"((?:^|\s)(?:-u|--user|--proxy-user)[ =]+)[^\s:]+:\S+",
        put: Put::Text("${1}***"),
    },
];

/// The rules as patterns, and what tells which of them can match at all.
struct Compiled {
    rules: Vec<(Regex, Put)>,
    hints: AhoCorasick,
    /// Rule of each hint; the one behind the last stands for values with names.
    rule_of_hint: Vec<usize>,
}

static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let rules = RULES.iter().map(|rule| Some((Regex::new(rule.pattern).ok()?, rule.put)));
    let rules: Vec<(Regex, Put)> = rules.collect::<Option<_>>()?;
    let own = RULES
        .iter()
        .enumerate()
        .flat_map(|(at, rule)| rule.hints.iter().map(move |hint| (*hint, at)));
    let named = key_value::HINTS.iter().map(|hint| (*hint, RULES.len()));
    let (hints, rule_of_hint): (Vec<&str>, Vec<usize>) = own.chain(named).unzip();
    let hints = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(hints)
        .ok()?;
    Some(Compiled { rules, hints, rule_of_hint })
});

/// `text` without secrets.
pub(crate) fn hide_secrets(text: &str) -> Cow<'_, str> {
    // Without its patterns nothing would be found, and everything would be let out.
    let Some(compiled) = COMPILED.as_ref() else { return Cow::Borrowed(HIDDEN) };
    let mut due = 0_u32;
    for hint in compiled.hints.find_overlapping_iter(text) {
        due |= 1 << compiled.rule_of_hint[hint.pattern().as_usize()];
    }
    let mut text = Cow::Borrowed(text);
    if due == 0 {
        return text;
    }
    if let Some(changed) = without_whole_keys(&text) {
        text = Cow::Owned(changed);
    }
    for (at, (pattern, put)) in compiled.rules.iter().enumerate() {
        if due & (1 << at) != 0
            && let Some(changed) = replaced(pattern, *put, &text)
        {
            text = Cow::Owned(changed);
        }
    }
    if due & (1 << RULES.len()) != 0
        && let Cow::Owned(changed) = key_value::hide_values(&text)
    {
        text = Cow::Owned(changed);
    }
    text
}

/// `text` without what stands between the first beginning of a key and the last end of one, whatever
/// was put between the lines.
fn without_whole_keys(text: &str) -> Option<String> {
    let begin = text.find(PEM_BEGIN)?;
    let end = text.rfind(PEM_END).filter(|end| *end > begin)?;
    let rest = text[end + PEM_END.len()..]
        .find("-----")
        .map_or(text.len(), |at| end + PEM_END.len() + at + "-----".len());
    Some(format!("{}{HIDDEN}{}", &text[..begin], &text[rest..]))
}

/// `text` with what was found replaced, if anything was.
fn replaced(pattern: &Regex, put: Put, text: &str) -> Option<String> {
    match put {
        Put::Text(put) => match pattern.replace_all(text, put) {
            Cow::Owned(changed) => Some(changed),
            Cow::Borrowed(_) => None,
        },
        Put::IfPair => {
            let changed = pattern.replace_all(text, |found: &Captures<'_>| {
                let text =
                    BASE64.decode(&found[2]).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let is_pair =
                    text.is_some_and(|text| text.contains(':') && !text.contains(char::is_control));
                if is_pair { format!("{}{HIDDEN}", &found[1]) } else { found[0].to_owned() }
            });
            (changed != text).then(|| changed.into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_pattern_and_its_hints_are_in_lower_case() {
        assert_eq!(COMPILED.as_ref().unwrap().rules.len(), RULES.len());
        let hints = RULES.iter().flat_map(|rule| rule.hints).chain(&key_value::HINTS);
        assert!(hints.into_iter().all(|hint| *hint == hint.to_lowercase()));
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        let b64 = "Ab1".repeat(16);
        for (text, hidden) in [
            (
                format!(
                    "key -----BEGIN EC PRIVATE KEY-----\\n{b64}\\n-----END EC PRIVATE KEY-----\\n"
                ),
                "key ***\\n",
            ),
            (format!("-----BEGIN%20KEY-----%0A{b64}%0A-----END%20KEY-----"), "***"),
            (format!("-----BEGIN RSA PRIVATE KEY----- {b64}"), "***"),
            ("git clone https://me:pass@word@host/x".into(), "git clone https://***@host/x"),
            ("https%3A%2F%2Fme%3Apass%40host".into(), "https%3A%2F%2F***%40host"),
            (format!("Authorization: Bearer {b64}"), "Authorization: Bearer ***"),
            (r#""Authorization":["Basic dTpw"]"#.into(), r#""Authorization":["Basic ***"]"#),
            ("curl -H 'Basic dXNlcjpwYXNz'".into(), "curl -H 'Basic ***'"),
            (r#"{"auth":"dXNlcjpwYXNz"}"#.into(), r#"{"auth":"***"}"#),
            ("t eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln t".into(), "t *** t"),
            (format!("ghp_{}", "a1".repeat(18)), "***"),
            (format!("ya29.{b64}"), "***"),
            ("AKIAIOSFODNN7EXAMPLE".into(), "***"),
            ("curl -u me:abc http://x".into(), "curl -u *** http://x"),
        ] {
            assert_eq!(hide_secrets(&text), hidden);
        }
    }

    #[test]
    fn plain_text_is_left_as_it_is() {
        for text in [
            "I1123 simple_test_executor.go:149] Step \"[step: 03] create\" started; 12 pods Running",
            "basic functionality of the author: https://github.com/cilium/cilium@v1",
            "ssh://git@github.com/x, http://127.0.0.1:2379,http://127.0.0.1:2381",
            "cilium@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert!(matches!(hide_secrets(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
