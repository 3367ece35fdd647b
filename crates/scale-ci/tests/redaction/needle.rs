//! What is looked for, in every form in which it could have come out.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

/// Something that must not come out.
#[derive(Clone, Debug)]
pub(crate) enum Needle {
    /// A secret: as it is, in JSON, in an address, in XML and in base64.
    Encoded(String),
    /// What a terminal or a runner obeys wherever it stands. In JSON it is no such thing.
    Raw(String),
    /// What a runner obeys at the beginning of a line.
    Command(String),
}

impl Needle {
    /// The bytes to look for.
    pub(crate) fn forms(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Encoded(text) => {
                let json = serde_json::to_string(text).unwrap();
                let twice = serde_json::to_string(&json).unwrap();
                let mut forms = vec![
                    text.clone(),
                    json.trim_matches('"').to_owned(),
                    twice.trim_matches(['"', '\\']).to_owned(),
                    percent(text),
                    text.replace('+', "&#43;").replace('=', "&#61;"),
                ];
                forms.extend((0..3).map(|before| base64(text, before)));
                forms.sort();
                forms.dedup();
                forms.into_iter().map(String::into_bytes).collect()
            }
            Self::Raw(text) | Self::Command(text) => vec![text.clone().into_bytes()],
        }
    }

    /// Whether what stands at `at` of `text` does what it is planted for.
    pub(crate) fn is_live(&self, text: &[u8], at: usize) -> bool {
        let Self::Command(_) = self else { return true };
        let is_end = |byte: &u8| b"\n\r\x0b\x0c".contains(byte);
        let start = text[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
        let line = String::from_utf8_lossy(&text[start..at]);
        let line = line.rsplit(['\u{85}', '\u{2028}', '\u{2029}']).next().unwrap_or_default();
        line.trim_start().is_empty()
    }
}

fn percent(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// What base64 makes of `text` behind `before` bytes, without the characters that depend on others.
fn base64(text: &str, before: usize) -> String {
    let encoded = BASE64_STANDARD_NO_PAD.encode([&b"xx"[..before], text.as_bytes()].concat());
    let from = (before * 8).div_ceil(6);
    let to = (before + text.len()) * 8 / 6;
    encoded[from..to].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_lives_at_the_beginning_of_a_line_alone() {
        let command = Needle::Command("::x::".into());

        for (text, live) in [
            ("::x::", true),
            ("a\n  ::x::", true),
            ("a\r::x::", true),
            ("a ::x::", false),
            ("\": ::x::", false),
        ] {
            assert_eq!(
                command.is_live(text.as_bytes(), text.find("::x").unwrap()),
                live,
                "{text:?}"
            );
        }
    }

    #[test]
    fn base64_is_found_behind_any_number_of_bytes() {
        for before in 0..6 {
            let text = BASE64_STANDARD_NO_PAD
                .encode(format!("{}a secret value and more", "y".repeat(before)));
            assert!(text.contains(&base64("a secret value", before % 3)), "{before}");
        }
    }
}
