//! Doors to the parsers for the fuzzer: any bytes in, no panic out.

use crate::{
    file::{ScenarioFile, parse, to_yaml},
    overrides::Override,
};

/// Reads `data` as a scenario file and, after a zero byte, one override a line. A scenario is the
/// same when it was written out and is read again.
pub fn scenario(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let overrides = String::from_utf8_lossy(data.get(end + 1..).unwrap_or_default());
    let overrides: Vec<Override> = overrides.lines().filter_map(|line| line.parse().ok()).collect();
    match ScenarioFile::parse("fuzz", &data[..end], &overrides) {
        Ok(ScenarioFile { scenario, .. }) => {
            let text = to_yaml(&scenario).unwrap_or_default();
            assert!(parse("fuzz", &text, &[]).is_ok_and(|again| again == scenario));
        }
        Err(faults) => {
            let said = faults.to_string();
            assert!(!said.is_empty() && !said.contains("does not fit"), "{said}");
        }
    }
}

/// Reads `data` as an override, and applies it to a small scenario.
pub fn one_override(data: &[u8]) {
    const FILE: &str = "format: 1\nname: a\nabout: {what: a, why: b, how-to-read: c}\n\
        suite: [{test: load, config: c.yaml}]\n";
    let text = String::from_utf8_lossy(data);
    let Ok(one) = text.parse::<Override>() else { return };
    assert_eq!(one.to_string(), text);
    let _ = parse("fuzz", FILE, &[one]);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_doors_open() {
        corpus::replay("scenario", super::scenario);
        corpus::replay("override", super::one_override);
    }
}
