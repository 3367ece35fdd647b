//! Whether bytes hold a credential that would work for whoever reads it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::Regex;

use crate::encoded;

/// Longest part of a text that must be seen at once to know a credential, in bytes: a service
/// account's token has some 1000.
pub const CREDENTIAL_WINDOW: usize = 4096;

/// Text that must be there for any pattern to match, in lower case.
const HINTS: [&str; 30] = [
    "-----begin",
    "-data",
    "token",
    "access_key",
    "client_secret",
    "private_key_id",
    "password",
    "passwd",
    "passphrase",
    "authorization",
    "auth",
    "://",
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
    "ya29.",
    "aiza",
    "1//0",
    "gocspx-",
    "akia",
    "asia",
    "eyj",
];

/// What works for whoever has it. Narrower than what [`redact`](crate::redact) hides: a word such
/// as `token` in a report is no credential, and hiding nothing must be the rule there.
const PATTERNS: [&str; 16] = [
    // A key or certificate with its content, be it behind a line end as JSON has it or behind what a
    // log puts in front of each line.
    r"-----BEGIN(?: |%20|\+)[A-Z0-9 %+]{0,40}(?:KEY|CERTIFICATE)-----(?s:.){0,200}?[A-Za-z0-9+/]{40}",
    r#"(?i)client-(?:key|certificate)-data\\*["']?[ \t]*[:=][ \t]*\\*["']?[A-Za-z0-9+/=]{32}"#,
    r#"(?i)(?:refresh|access|id|identity|session|auth|bearer)_?token\\*["']?[ \t]*[:=][ \t]*\\*["']?[A-Za-z0-9._~+/=-]{16}"#,
    r#"(?i)(?:secret_access_key|client_secret|private_key_id)\\*["']?[ \t]*[:=][ \t]*\\*["']?[A-Za-z0-9+/_.-]{16}"#,
    r#"(?i)pass(?:word|wd|phrase)\\*["']?[ \t]*[:=][ \t]*\\*["']?[^\s"'{}$<>\\,*()&\]\[]{6}"#,
    r#"(?i)[\s"']--[a-z0-9-]{0,40}pass(?:word|wd|phrase)[ \t]+[^\s"'{}$<>\\,*()&\]\[-][^\s"'{}$<>\\,*()&\]\[]{5}"#,
    r#"(?i)authorization\\*["']?[ \t]*[:=]?[ \t]*\\*["'\[]?(?:bearer|basic)(?:[ \t]|%20)+[A-Za-z0-9._~+/=-]{8}"#,
    r#"\bauth\\*["'][ \t]*:[ \t]*\\*["'][A-Za-z0-9+/]{8}"#,
    // Of characters alone: in a hundred megabytes of bytes made by chance, `://` stands six times.
    r#"://(?u:[^\s\x00-\x1f\x7f/?#@:"'<>\\]{1,128}:[^\s\x00-\x1f\x7f/?#@"'<>\\{}$]{1,256})@"#,
    r#"%3[aA]%2[fF]%2[fF][^\s/?#@:%"'<>\\]{1,128}%3[aA][^\s/?#@:"'<>\\]{1,256}%40"#,
    // GitHub's tokens, Google's tokens and keys, Amazon's key ids. What stands before them may be a
    // line end as JSON has it, whose letter would else belong to the word.
    r"(?:\b|\\[bfnrt])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{36})",
    // GitLab's, Docker's, Slack's and npm's.
    r"(?:\b|\\[bfnrt])(?:glpat-[A-Za-z0-9_-]{20}|dckr_[po]at_[A-Za-z0-9_-]{20}|xox[abeoprs]-[A-Za-z0-9-]{20}|npm_[A-Za-z0-9]{36})",
    r"(?:\b|\\[bfnrt])(?:ya29\.[A-Za-z0-9_-]{20}|1//0[A-Za-z0-9_-]{30}|GOCSPX-[A-Za-z0-9_-]{20})",
    r"(?:\b|\\[bfnrt])AIza[A-Za-z0-9_-]{35}\b",
    r"(?:\b|\\[bfnrt])(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    // A JSON web token: two objects and a signature.
    r"(?:\b|\\[bfnrt])eyJ[A-Za-z0-9_-]{8,1024}\.eyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{16}",
];

static FOUND: LazyLock<Option<(AhoCorasick, Regex)>> = LazyLock::new(|| {
    // Of this kind it looks at many bytes at once, which it does not where case is ignored.
    let hints = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(HINTS).ok()?;
    let patterns: Vec<String> = PATTERNS.iter().map(|pattern| format!("(?:{pattern})")).collect();
    let pattern = Regex::new(&format!("(?-u){}", patterns.join("|"))).ok()?;
    Some((hints, pattern))
});

/// Whether `text` holds a key or a token, as it is or in base64.
///
/// Text longer than memory is given in parts that overlap by [`CREDENTIAL_WINDOW`].
#[must_use]
pub fn has_credential(text: &[u8]) -> bool {
    // Without its patterns nothing would be found, and everything would be let out.
    let Some((hints, pattern)) = FOUND.as_ref() else { return true };
    let is_plain =
        |text: &[u8]| hints.is_match(&text.to_ascii_lowercase()) && pattern.is_match(text);
    is_plain(text) || !encoded::find(text, is_plain).is_empty()
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;
    use crate::secrets::{BASE64, hide_secrets};

    #[test]
    fn keys_and_tokens_are_credentials_as_they_are_and_in_base64() {
        let base64 = "A".repeat(64);
        for text in [
            format!("-----BEGIN EC PRIVATE KEY-----\n{base64}\n"),
            format!("-----BEGIN CERTIFICATE-----\n{base64}\n"),
            format!(r#"{{"key": "-----BEGIN PRIVATE KEY-----\n{base64}"}}"#),
            format!("x.go:1] -----BEGIN PRIVATE KEY-----\nI1127 12:00:00.000 1 x.go:1] {base64}\n"),
            format!("    client-key-data: {base64}\n"),
            format!(r#""client-key-data":"{base64}""#),
            format!("token ghp_{}", "a1".repeat(18)),
            format!("ya29.{base64}"),
            format!("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.{base64}"),
            "https://me:hunter2@host".into(),
            r#"{"auths":{"host":{"auth":"dXNlcjpwYXNz"}}}"#.into(),
            "Authorization: Basic dXNlcjpwYXNz".into(),
            "dbPassword: hunter2".into(),
            "docker login --password hunter2".into(),
        ] {
            assert!(has_credential(text.as_bytes()), "{text}");
            for before in 0..3 {
                let text = BASE64.encode(format!("{}{text}", &"\n\n\n"[..before]));
                assert!(has_credential(format!("data: {text}").as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn a_token_of_each_maker_is_one_wherever_it_is_looked_for() {
        let rest = "a1".repeat(40);
        for (begins, length) in [
            ("ghp_", 36),
            ("gho_", 36),
            ("ghu_", 36),
            ("ghs_", 36),
            ("ghr_", 36),
            ("github_pat_", 40),
            ("glpat-", 20),
            ("dckr_pat_", 27),
            ("dckr_oat_", 27),
            ("xoxb-", 40),
            ("xoxp-", 40),
            ("npm_", 36),
            ("ya29.", 60),
            ("1//0", 40),
            ("AIza", 35),
            ("GOCSPX-", 28),
        ] {
            let token = format!("{begins}{}", &rest[..length]);
            assert!(has_credential(token.as_bytes()), "{token}");
            assert!(!hide_secrets(&token).contains(&token), "{token}");
            let packed = BASE64.encode(format!("the token {token}"));
            assert!(has_credential(packed.as_bytes()), "{token} in base64");
        }
    }

    #[test]
    fn a_user_and_a_password_in_an_address_are_of_characters() {
        assert!(has_credential("https://Jürgen:groß@host".as_bytes()));
        for bytes in [&b"\xf1://\x9c\xe8:\xf3\xaa@\x00"[..], b"://a\x01:b\x02@"] {
            assert!(!has_credential(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn heads_of_certificates_hidden_values_and_prose_are_none() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ",
            "client-key-data: ***",
            "a file that begins with -----BEGIN RSA PRIVATE KEY----- is a key",
            "password: ***, password: {{.Password}}, token: abc, secret: x",
            "eyJhbGciOiJSUzI1NiJ9 is the head of a token",
            r#"{"Perc99": 12.5, "labels": {"Resource": "secrets", "Verb": "LIST"}}"#,
        ] {
            assert!(!has_credential(text.as_bytes()), "{text}");
        }
    }
}
