//! `docs/reference/redaction.md`: what is planted, where it is planted, and where it is searched.

use std::{env, fs, path::Path};

use crate::{haystack::Haystack, place::Place, secret::SECRETS};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/redaction.md");

/// What stands before the generated part, and after it.
const MARKS: [&str; 2] = ["<!-- table: begin -->\n", "<!-- table: end -->\n"];

/// The secrets, each with how often it was found in what.
pub(crate) fn table(found: &[Haystack]) -> String {
    let names: Vec<&str> = found.iter().map(|haystack| haystack.name).collect();
    let mut table = format!("| planted | at places | {} |\n", names.join(" | "));
    table += &format!("|---|--:|{}\n", "--:|".repeat(names.len()));
    for secret in SECRETS {
        let places = Place::ALL.iter().filter(|place| place.takes(secret)).count();
        let counts: Vec<String> =
            found.iter().map(|haystack| haystack.count_of(secret).to_string()).collect();
        table += &format!("| {} | {places} | {} |\n", secret.name, counts.join(" | "));
    }
    let titles: Vec<&str> = Place::ALL.iter().map(|place| place.title()).collect();
    format!("{table}\nPlanted at: {}.\n", titles.join("; "))
}

/// Holds the page to `table`; `UPDATE=1` writes it.
#[track_caller]
pub(crate) fn check(table: &str) {
    let page = fs::read_to_string(Path::new(PAGE)).unwrap();
    let (before, rest) = page.split_once(MARKS[0]).unwrap();
    let (there, after) = rest.split_once(MARKS[1]).unwrap();
    if env::var_os("UPDATE").is_some() {
        fs::write(PAGE, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).unwrap();
    } else {
        assert_eq!(
            there, table,
            "`{PAGE}` is out of date (hint: UPDATE=1 cargo test -p scale-ci --test redaction)"
        );
    }
}
