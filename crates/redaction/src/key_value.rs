//! Values that are secret for what they are called: `password: abc`, `"token":"abc"`, `--secret abc`.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

/// What stands where a secret stood.
const HIDDEN: &str = "***";

/// Ends of the names of secrets: `API_TOKEN`, `dockerPassword` and `client-secret` are some.
const NAMES: &str = r"(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key(?:[_-]?id)?|(?:client-(?:key|certificate)|certificate-authority)-data|docker(?:configjson|cfg)|x-(?:goog|amz)-(?:signature|credential)|cookie)";

/// Parts of text that must be there for any pattern to match, in lower case.
pub(crate) const HINTS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "access-key",
    "accesskey",
    "private_key",
    "private-key",
    "privatekey",
    "y-data",
    "te-data",
    "dockerc",
    "-signature",
    "-credential",
    "cookie",
];

/// A name, what stands between, and a value in quotes, in quotes of JSON in JSON, or bare.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let value = r#""(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|\\+"(?:[^"\\\n]|\\+[^"\\\n])*(?:\\+")?|\\+'[^'\n]*'?|\\*[^\s"'&,}\]\\]+"#;
    Regex::new(&format!(r#"(?im)({NAMES}(?:\\*["'])?[ \t]*(?::=|=>|[:=]|%3a|%3d)[ \t]*)({value})"#))
        .ok()
});

/// A pair on a line of its own, whose bare value goes on to the end of the line.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"(?im)^([ \t]*(?:-[ \t]+)?["']?[\w.-]*{NAMES}["']?:[ \t]+)([^\s"'{{\[|>&*!\\][^\r\n]*)"#
    ))
    .ok()
});

/// A value of YAML that stands on the lines below its name.
static BLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"(?i)^([ \t]*)(?:-[ \t]+)?["']?[\w.-]*{NAMES}["']?:[ \t]*[|>][-+0-9]*[ \t]*(?:#.*)?\r?\n?$"#
    ))
    .ok()
});

/// An argument of a command line whose value is the next one.
static ARGUMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"(?i)((?:^|\s|["'])--?[a-z0-9-]*{NAMES}(?:["'],)?[ \t]+)("[^"\n]*"?|'[^'\n]*'?|[^\s-]\S*)"#
    ))
    .ok()
});

/// Text without the values of secrets.
pub(crate) fn hide_values(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for pattern in [&LINE, &PAIR, &ARGUMENT] {
        let Some(pattern) = pattern.as_ref() else { return Cow::Borrowed(HIDDEN) };
        text = replace(text, pattern);
    }
    text
}

/// Hides what is no harmless value; text in which nothing is hidden comes back as it is.
fn replace<'t>(text: Cow<'t, str>, pattern: &Regex) -> Cow<'t, str> {
    let mut is_hidden = false;
    let changed = pattern.replace_all(&text, |pair: &Captures<'_>| {
        if is_harmless(&pair[2]) {
            return pair[0].to_owned();
        }
        is_hidden = true;
        format!("{}{HIDDEN}", &pair[1])
    });
    if is_hidden { Cow::Owned(changed.into_owned()) } else { text }
}

/// Whether `name` is what a secret is called.
pub(crate) fn is_secret_name(name: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("(?i)(?:{NAMES}|^auth)$")).ok());
    NAME.as_ref().is_none_or(|pattern| pattern.is_match(name))
}

/// Whether `value` hides nothing, whatever it is called.
pub(crate) fn is_harmless(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'', '\\', ' ', '\t', '\r']);
    let is_word = |bare: &str| {
        ["", "true", "false", "null", "nil", "none", "~", "{", "[", "{}", "[]", HIDDEN]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(bare))
    };
    let is_place = ["{{", "${", "$("].iter().any(|start| bare.starts_with(start))
        || (bare.starts_with('<') && bare.ends_with('>'));
    // YAML's sign for a value that stands on the lines below.
    let is_block = ["|", ">", "|-", ">-", "|+", ">+"].contains(&bare);
    is_word(bare) || is_place || is_block
}

/// How far the name of a value that stands on the lines below is indented.
pub(crate) fn block_indent(line: &str) -> Option<usize> {
    // Most lines are none: what ends one is looked at first.
    if !line.trim_end().ends_with(['|', '>', '-', '+']) && !line.contains('#') {
        return None;
    }
    BLOCK.as_ref()?.captures(line).map(|found| found[1].len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        assert!([&PAIR, &LINE, &BLOCK, &ARGUMENT].iter().all(|pattern| pattern.is_some()));
    }

    #[test]
    fn a_value_is_hidden_for_its_name() {
        for (text, hidden) in [
            ("password: hunter two", "password: ***"),
            (r#"{"token":"a b","x":1}"#, r#"{"token":***,"x":1}"#),
            (r#"{"token": "a\"b", "x": 1}"#, r#"{"token": ***, "x": 1}"#),
            ("{user: me, password: 'a b'}", "{user: me, password: ***}"),
            (r#"\"api_key\":\"abc\",\"x\":1"#, r#"\"api_key\":***,\"x\":1"#),
            ("APP_TOKEN=abc other", "APP_TOKEN=*** other"),
            ("helm --set db.password=abc,x=1", "helm --set db.password=***,x=1"),
            ("get?access_token=abc&x=1", "get?access_token=***&x=1"),
            ("token%3Dabc", "token%3D***"),
            ("map[password:abc user:me]", "map[password:*** user:me]"),
            ("docker login --password abc --x", "docker login --password *** --x"),
            ("AWS_SECRET_ACCESS_KEY=abc/def", "AWS_SECRET_ACCESS_KEY=***"),
        ] {
            assert_eq!(hide_values(text), hidden);
        }
    }

    #[test]
    fn words_that_hide_nothing_are_left() {
        for text in [
            "automountServiceAccountToken: false",
            "secret:\n  secretName: cilium-ca",
            "tokenReview: x, secrets: y",
            "password: {{ .Password }}",
            "password=${PASSWORD}",
            r#""token": "","#,
            "token: ***",
        ] {
            assert!(matches!(hide_values(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_value_below_its_name_is_known() {
        assert_eq!(block_indent("  password: |-\n"), Some(2));
        assert_eq!(block_indent("- token: >"), Some(0));
        assert_eq!(block_indent("  script: |\n"), None);
    }
}
