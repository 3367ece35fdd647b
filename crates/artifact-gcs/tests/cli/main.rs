//! The binary on run directories made by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod at_once;
mod exporting;
mod fetching;
mod hand_made;
mod listing;
