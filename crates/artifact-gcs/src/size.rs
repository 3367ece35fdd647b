//! Bytes as people read them.

use std::fmt;

/// Bytes as people read them.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
        /// Each unit is this many of the one before.
        const STEP: f64 = 1024.0;
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
        let mut value = self.0 as f64 / STEP;
        let mut unit = 0;
        while value >= STEP && unit + 1 < UNITS.len() {
            value /= STEP;
            unit += 1;
        }
        write!(f, "{value:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_the_unit_that_fits() {
        let said = [0, 1023, 1024, 1_572_864, 5 << 40].map(|bytes| Size(bytes).to_string());

        assert_eq!(said, ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "5.0 TiB"]);
    }
}
