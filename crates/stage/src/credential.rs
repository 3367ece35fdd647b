//! Whether text holds a credential that would work for whoever reads it.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// Longest part of a text that must be seen at once to know a credential, in bytes: a service
/// account's token has some 1000.
pub const CREDENTIAL_WINDOW: usize = 4096;

/// What works for whoever has it. Narrower than what [`redact`](crate::redact::redact) hides: a word such
/// as `token` in a report is no credential, and hiding nothing must be the rule there.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let patterns = [
        // A private key with its content; the line break may be JSON's.
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:\s|\\n|\\r)*[A-Za-z0-9+/=]{32}",
        // The same in base64, as kubeconfigs and secrets carry it: plain, RSA and EC.
        r"LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFWS|SU0EgUFJJVkFURSBLRVkt|FQyBQUklWQVRFIEtFWS)",
        r#"client-key-data"?\s*:\s*"?[A-Za-z0-9+/=]{32}"#,
        // GitHub's tokens, Google's tokens and keys.
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{36})",
        r"\bya29\.[A-Za-z0-9_-]{20}",
        r"\bAIza[A-Za-z0-9_-]{35}\b",
        // A JSON web token: two objects and a signature.
        r"\beyJ[A-Za-z0-9_-]{8,1024}\.eyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]{16}",
    ];
    Regex::new(&format!("(?-u){}", patterns.join("|"))).ok()
});

/// Whether `text` holds a private key or a token.
///
/// Text longer than memory is given in parts that overlap by [`CREDENTIAL_WINDOW`].
#[must_use]
pub fn has_credential(text: &[u8]) -> bool {
    // Without its pattern nothing would be found, and everything would be let out.
    PATTERN.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_tokens_are_credentials() {
        let base64 = "A".repeat(48);
        for text in [
            format!("-----BEGIN EC PRIVATE KEY-----\n{base64}\n"),
            format!(r#"{{"key": "-----BEGIN PRIVATE KEY-----\n{base64}"}}"#),
            "tls.key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=".into(),
            "key: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCg==".into(),
            "key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg==".into(),
            format!("    client-key-data: {base64}\n"),
            format!(r#""client-key-data":"{base64}""#),
            format!("token ghp_{}", "a1".repeat(18)),
            format!("ya29.{base64}"),
            format!("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.{base64}"),
        ] {
            assert!(has_credential(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn certificates_hidden_values_and_prose_are_none() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nMIIB\n",
            "certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJ",
            "client-key-data: ***",
            "a file that begins with -----BEGIN RSA PRIVATE KEY----- is a key",
            "password: hunter2, token: abc, secret: x",
            "eyJhbGciOiJSUzI1NiJ9 is the head of a token",
            r#"{"Perc99": 12.5, "labels": {"Resource": "secrets", "Verb": "LIST"}}"#,
        ] {
            assert!(!has_credential(text.as_bytes()), "{text}");
        }
    }
}
