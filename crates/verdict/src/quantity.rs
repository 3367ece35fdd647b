//! Numbers as people read them: four digits that matter, and a unit.

/// Digits that matter: a reviewer compares two numbers at a glance.
const DIGITS: i32 = 4;

/// Bytes are shown in the largest of these that leaves a number of at least one.
const BYTES: [(&str, f64); 4] = [
    ("GiB", 1_073_741_824.0), // 2^30
    ("MiB", 1_048_576.0),
    ("KiB", 1024.0),
    ("B", 1.0),
];

/// `value` with its unit, as `1,938 ms` or `118.3 MiB`.
pub(crate) fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "bytes" => {
            let (name, size) =
                BYTES.into_iter().find(|(_, size)| value.abs() >= *size).unwrap_or(("B", 1.0));
            format!("{} {name}", number(value / size))
        }
        "percent" => format!("{} %", number(value)),
        "count" | "" => number(value),
        unit => format!("{} {unit}", number(value)),
    }
}

/// `value` with four digits that matter; whole from a thousand on, with commas.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{}", value.abs());
    }
    /// Above this no number is whole any more, and the digits would be invented.
    const WHOLE: f64 = 1e15;
    /// Below this the zeros before the digits are too many to count.
    const TINY: f64 = 1e-6;
    let size = value.abs();
    if !(TINY..WHOLE).contains(&size) {
        return format!("{value:.3e}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a logarithm of a number from 1e-6 to 1e15"
    )]
    let magnitude = size.log10().floor() as i32;
    let decimals = usize::try_from(DIGITS - 1 - magnitude).unwrap_or(0);
    let text = format!("{size:.decimals$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{rest}", with_commas(whole))
}

/// A change in percent, with its sign: `+3.2 %`.
pub(crate) fn change(percent: f64) -> String {
    let sign = if percent > 0.0 { "+" } else { "" };
    format!("{sign}{} %", percent_number(percent))
}

/// A percentage: one digit after the point is finer than any threshold.
pub(crate) fn percent_number(percent: f64) -> String {
    let rounded = (percent * 10.0).round() / 10.0;
    if percent != 0.0 && rounded == 0.0 { number(percent) } else { number(rounded) }
}

/// `count` things, as `1 build` or `3 builds`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn with_commas(whole: &str) -> String {
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_four_digits_that_matter_and_no_more() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (5.0, "5"),
            (0.012_345_6, "0.01235"),
            (2.345_67, "2.346"),
            (23.456_7, "23.46"),
            (999.96, "1,000"),
            (1_937.715_355, "1,938"),
            (-1_234_567.8, "-1,234,568"),
            (0.000_000_012, "1.200e-8"),
            (3e20, "3.000e20"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_quantity_names_its_unit() {
        assert_eq!(quantity(1290.485, "ms"), "1,290 ms");
        assert_eq!(quantity(124_046_541.0, "bytes"), "118.3 MiB");
        assert_eq!(quantity(0.0, "bytes"), "0 B");
        assert_eq!(quantity(3.0, "count"), "3");
        assert_eq!(quantity(12.5, "percent"), "12.5 %");
    }

    #[test]
    fn a_change_has_a_sign_and_one_digit() {
        assert_eq!(change(50.155), "+50.2 %");
        assert_eq!(change(-3.0), "-3 %");
        assert_eq!(change(0.0), "0 %");
        assert_eq!(change(0.012), "+0.012 %");
        assert_eq!(change(1000.04), "+1,000 %");
    }
}
