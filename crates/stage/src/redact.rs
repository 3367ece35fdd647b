//! Takes secrets, control characters and workflow commands out of text.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
    sync::LazyLock,
};

use regex::Regex;

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// One rule: what is found, and what is put in its place.
struct Rule {
    found: Regex,
    put: &'static str,
}

/// Patterns of everything that must not be seen by others, most specific first.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    [
        // A terminal would obey these: colours, cursor moves, window titles.
        (r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[@-_]", ""),
        // What is left of one inside another, and the same in one character.
        (r"[\x1b\x{80}-\x{9f}]", ""),
        // GitHub's runner would obey a line that begins like this.
        (r"(?m)^(\s*)::", "$1: :"),
        (r"(?m)^(\s*)##\[", "$1# #["),
        (r"-----BEGIN [A-Z ]*-----[A-Za-z0-9+/=\s]*(-----END [A-Z ]*-----)?", HIDDEN),
        // A line of base64 that a cut key or certificate may leave.
        (r"(?m)^\s*[A-Za-z0-9+/]{64}\s*$", HIDDEN),
        // Keys of kubeconfigs and of credential files, YAML or JSON.
        (
            r#"(?i)("?(?:client-key-data|client-certificate-data|certificate-authority-data|id-token|refresh-token|access-token|refresh_token|access_token|id_token|client_secret|private_key|private_key_id|password|secret|token|bearer_token)"?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,}"']+)"#,
            "${1}***",
        ),
        (r"(?i)(authorization:?\s*)(bearer|basic)\s+\S+", "${1}${2} ***"),
        (r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}", "Bearer ***"),
        // JSON web tokens, GitHub's, Google's, Amazon's.
        (r"\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]+){1,2}", HIDDEN),
        (r"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})", HIDDEN),
        (r"\bya29\.[A-Za-z0-9_-]{10,}", HIDDEN),
        (r"\bAIza[A-Za-z0-9_-]{30,}", HIDDEN),
        (r"\b(AKIA|ASIA)[A-Z0-9]{16}\b", HIDDEN),
        // Base64 of a PEM header: what kubeconfigs and secrets carry.
        (r"\bLS0tLS1CRUdJTi[A-Za-z0-9+/=]+", HIDDEN),
    ]
    .into_iter()
    .filter_map(|(pattern, put)| Regex::new(pattern).ok().map(|found| Rule { found, put }))
    .collect()
});

/// `text` without secrets, terminal control sequences and workflow commands.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for rule in RULES.iter() {
        if let Cow::Owned(changed) = rule.found.replace_all(&text, rule.put) {
            text = Cow::Owned(changed);
        }
    }
    text
}

/// Copies a log line by line, redacted. A private key that spans lines is left out whole.
///
/// # Errors
/// A file cannot be read or written.
pub fn redact_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut redactor = LineRedactor::default();
    let mut reader = BufReader::new(File::open(from)?);
    let mut writer = BufWriter::new(File::create(to)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if let Some(kept) = redactor.line(&String::from_utf8_lossy(&line)) {
            writer.write_all(kept.as_bytes())?;
        }
        line.clear();
    }
    writer.flush()
}

/// Redacts line by line, and remembers that it is inside a key or certificate.
#[derive(Debug, Default)]
pub(crate) struct LineRedactor {
    in_pem: bool,
}

impl LineRedactor {
    /// The line without secrets; nothing if it is inside a key.
    pub(crate) fn line<'t>(&mut self, line: &'t str) -> Option<Cow<'t, str>> {
        if self.in_pem {
            self.in_pem = !line.contains("-----END ");
            return None;
        }
        self.in_pem = line.contains("-----BEGIN ") && !line.contains("-----END ");
        Some(redact(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_pattern() {
        assert_eq!(RULES.len(), 15);
    }

    #[test]
    fn a_kubeconfig_in_a_log_shows_no_credential() {
        let text = "    client-key-data: LS0tLS1CRUdJTiBFQyBQUklWQVRF\n    token: abc.def\n  \"token\": \"xyz\"\n    server: https://127.0.0.1:6443\n";

        let seen = redact(text);

        assert!(!seen.contains("LS0tLS") && !seen.contains("abc.def") && !seen.contains("xyz"));
        assert!(seen.contains("server: https://127.0.0.1:6443"));
    }

    #[test]
    fn workflow_commands_and_control_sequences_are_defused() {
        assert_eq!(redact("::set-output name=a::b"), ": :set-output name=a::b");
        assert_eq!(redact("\x1b[31mred\x1b[0m"), "red");
        assert_eq!(redact("\x1b\x1b[0m[31mred\u{9b}31m"), "[31mred31m");
    }

    #[test]
    fn a_key_over_many_lines_is_left_out() {
        let mut redactor = LineRedactor::default();
        let lines = [
            "-----BEGIN EC PRIVATE KEY-----\n",
            "c2VjcmV0\n",
            "-----END EC PRIVATE KEY-----\n",
            "after\n",
        ];

        let kept: String = lines.iter().filter_map(|line| redactor.line(line)).collect();

        assert_eq!(kept, "***after\n");
    }

    #[test]
    fn plain_text_is_left_as_it_is() {
        let text = "I1123 simple_test_executor.go:149] Step \"[step: 03] create\" started; 12 pods Running";

        assert_eq!(redact(text), text);
    }
}
