//! The pipeline stopped at each of its steps in every way, and two of everything at once, on real
//! programs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bucket;
mod cell;
mod expected;
mod lanes;
mod left;
mod moment;
mod page;
mod place;
mod pressed;
mod processes;
mod row;
mod steps;
mod table;
mod two_at_once;
mod two_builds;
