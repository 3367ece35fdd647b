//! The version that a program says it has.

use std::{
    io::{self, BufRead},
    path::Path,
    time::Duration,
};

use crate::{pins::Pin, tool::Tool, tool_error::ToolError};

/// The version that the program says it has, if it says one.
pub(crate) async fn said_version(pin: &Pin, path: &Path) -> Option<String> {
    /// A program that takes longer to say its version is not one of ours.
    const DEADLINE: Duration = Duration::from_secs(10);
    let args = pin.version_args?;
    let tool = Tool::new(pin.name, path).args(args.iter().copied()).deadline(DEADLINE);
    let said: Result<_, ToolError> = tool.keep_stdout().run().await;
    let finished = said.ok()?;
    let text = finished.stdout + &finished.tail.join("\n");
    first_version(text.as_bytes())
}

/// The first thing in `text` that looks like a version, without its `v`.
pub(crate) fn first_version(text: impl BufRead) -> Option<String> {
    text.lines().map_while(io::Result::ok).find_map(|line| {
        line.split(|c: char| c.is_whitespace() || c == ',' || c == ':').find_map(|word| {
            let word = word.trim_start_matches(['v', 'V']).split('+').next()?;
            let numbers: Vec<&str> = word.splitn(3, '.').collect();
            let digit = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit());
            (numbers.len() == 3 && numbers.iter().all(digit)).then(|| word.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        for (text, version) in [
            ("Kubernetes v1.35.4\n", Some("1.35.4")),
            ("etcd Version: 3.6.5\nGit SHA: x\n", Some("3.6.5")),
            ("v4.3.1+g1a2b3c\n", Some("4.3.1")),
            ("prometheus, version 0.316.0 (branch: )\n", Some("0.316.0")),
            ("Client Version: v1.32.4-dispatcher\n", Some("1.32.4-dispatcher")),
            ("no version here\n", None),
        ] {
            assert_eq!(first_version(text.as_bytes()).as_deref(), version, "{text}");
        }
    }
}
