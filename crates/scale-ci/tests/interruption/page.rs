//! The page of the table holds all of it, and nothing that is not as it must be.

use std::fs;

use crate::{pressed::Pressed, row::Row, steps::STEPS};

#[test]
fn every_interruption_stands_on_the_page_and_leaves_nothing() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/interruption.md");
    let page = fs::read_to_string(path).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).collect();
    let places: Vec<_> = rows.iter().filter_map(|line| Row::place(line)).collect();

    for (at, step) in STEPS.iter().enumerate() {
        for pressed in Pressed::ALL.into_iter().filter(|pressed| pressed.matters_at(step)) {
            assert!(places.contains(&(at, pressed)), "the page lacks {step} x {pressed}");
        }
    }
    assert!(!page.contains("FAULT"));
}
