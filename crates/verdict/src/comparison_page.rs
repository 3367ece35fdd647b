//! Two runs as a table: measurement, percentile, old, new, change.

use std::cmp::Reverse;

use run_record::Verdict;

use crate::{
    compare::{Comparison, Row},
    judgement_page::headline,
    markdown::{cell, head, line, row},
    quantity::{change, quantity},
};

/// The comparison as a page.
pub(crate) fn comparison_page(comparison: &Comparison) -> String {
    let Comparison { baseline, candidate, outcome, because, tests } = comparison;
    let mut page = format!("## {} against {}: **{outcome}**\n\n", cell(candidate), cell(baseline));
    for sentence in because {
        page += &format!("- {}\n", line(sentence));
    }
    for test in tests {
        page += &format!("\n### {}\n\n", headline(&test.judgement));
        page += &head(
            &["Measurement", "Percentile", "Old", "New", "Change", "Verdict"],
            &["Old", "New", "Change"],
        );
        let mut rows: Vec<&Row> = test.rows.iter().collect();
        // Stable: what is alike stays in the order of the keys, percentiles side by side.
        rows.sort_by_key(|row| Reverse(interest(row.verdict)));
        page.extend(rows.into_iter().map(line_of));
    }
    page
}

/// What a reader wants to see first.
fn interest(verdict: Option<Verdict>) -> u8 {
    match verdict {
        None | Some(Verdict::Pass) => 0,
        Some(Verdict::Improved) => 1,
        Some(verdict) => verdict.badness(),
    }
}

fn line_of(one: &Row) -> String {
    let shown =
        |value: Option<f64>| value.map_or("–".into(), |value| cell(&quantity(value, &one.unit)));
    let mut of = one.key.clone();
    let percentile = std::mem::take(&mut of.query);
    row(&[
        &cell(of.to_string().replace("  ", " ").trim_end()),
        &cell(&percentile),
        &shown(one.old),
        &shown(one.new),
        &one.change_percent.map_or("–".into(), change),
        &one.verdict.map_or("–".into(), |verdict| verdict.to_string()),
    ])
}
