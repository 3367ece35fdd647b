//! `wait-images` with a real registry: what it waits for, what it makes of each answer, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod case;
mod door;
mod images;
mod registry;
