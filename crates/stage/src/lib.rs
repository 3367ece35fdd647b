//! The harness every stage stands on.
