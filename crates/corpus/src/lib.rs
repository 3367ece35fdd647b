//! Replays the seeds of a fuzz target, and some thousand inputs made from them.

mod mutate;
mod replay;

pub use replay::replay;
