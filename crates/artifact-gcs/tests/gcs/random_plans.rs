//! Exports under random faults.
