//! A text as a whole.

use std::borrow::Cow;

use crate::lines::LineRedactor;

/// `text` without secrets, terminal control sequences and workflow commands.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redactor = LineRedactor::default();
    let mut kept: Option<String> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match redactor.line(line) {
            Some(Cow::Borrowed(line)) => {
                if let Some(kept) = &mut kept {
                    kept.push_str(line);
                }
            }
            changed => {
                let kept = kept.get_or_insert_with(|| text[..at].to_owned());
                kept.push_str(changed.as_deref().unwrap_or_default());
            }
        }
        at += line.len();
    }
    let Some(mut kept) = kept else { return Cow::Borrowed(text) };
    // The last line may be one that was left out.
    if !text.ends_with('\n') && kept.ends_with('\n') {
        kept.pop();
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_shows_no_credential() {
        let text = "    client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRF\n    token: abc.def\n  \"token\": \"xyz\"\n    server: https://127.0.0.1:6443\n";

        let seen = redact(text);

        assert!(!seen.contains("LS0tLS") && !seen.contains("abc.def") && !seen.contains("xyz"));
        assert!(seen.contains("server: https://127.0.0.1:6443"));
    }

    #[test]
    fn the_end_of_the_text_stays_as_it_is() {
        assert_eq!(redact("a\n-----BEGIN KEY-----\nabcd\n-----END KEY-----"), "a\n***");
        assert_eq!(redact("a\npassword: b\n"), "a\npassword: ***\n");
    }

    #[test]
    fn what_is_redacted_stays_as_it_is_when_it_is_redacted_again() {
        let text = "password: a\n{\"token\":\"b\"}\nhttps://u:p@h\n::error::x\n##[group]\nBearer abcdefghij\n  secret: |\n    abc\n-----BEGIN KEY-----\nabcd\n";
        let once = redact(text).into_owned();

        assert_eq!(redact(&once), once);
        assert_ne!(once, text);
    }
}
