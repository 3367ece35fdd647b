//! The arguments of kops: words, and flags in both of their forms.

use std::collections::BTreeMap;

/// Flags that stand alone; with `=` they may have a value all the same.
const ALONE: [&str; 8] =
    ["yes", "force", "admin", "edit", "create-kube-config", "short", "unregister", "internal"];

/// What kops was told.
#[derive(Debug, Default)]
pub(super) struct Argv {
    words: Vec<String>,
    flags: BTreeMap<String, Vec<String>>,
}

impl Argv {
    pub(super) fn read(args: impl IntoIterator<Item = String>) -> Self {
        let mut argv = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else {
                argv.words.push(arg);
                continue;
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            let name = match name {
                "f" => "filename",
                "o" => "output",
                "y" => "yes",
                other => other,
            };
            let value = match value {
                Some(value) => value,
                None if ALONE.contains(&name) => "true".into(),
                None => args.next().unwrap_or_default(),
            };
            argv.flags.entry(name.into()).or_default().push(value);
        }
        argv
    }

    pub(super) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    pub(super) fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.last().map(String::as_str)
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.flags.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.flag(name) == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_both_forms_and_words_stay_in_order() {
        let args = [
            "create",
            "cluster",
            "--name=a",
            "--zones",
            "us-west1-a",
            "--yes",
            "--set",
            "x=1",
            "--set=y=2",
        ];

        let argv = Argv::read(args.map(str::to_owned));

        assert_eq!(argv.words(), ["create", "cluster"]);
        assert_eq!((argv.flag("name"), argv.flag("zones")), (Some("a"), Some("us-west1-a")));
        assert!(argv.is_set("yes"));
        assert_eq!(argv.all("set"), ["x=1", "y=2"]);
    }
}
