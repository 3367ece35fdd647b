//! Text that means itself in a Markdown table.

/// `text` in one cell of a table: no line break, no border, no HTML, no mention.
pub(crate) fn cell(text: &str) -> String {
    let mut cell = String::new();
    for character in text.chars() {
        match character {
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => {
                cell.push('\\');
                cell.push(character);
            }
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '&' => cell.push_str("&amp;"),
            // A pod may be named like a person, who must not be called.
            '@' => cell.push_str("@&#8203;"),
            character if character.is_whitespace() || character.is_control() => cell.push(' '),
            character => cell.push(character),
        }
    }
    cell
}

/// One line of a sentence that may hold `code`: as [`cell`], with its backticks kept.
pub(crate) fn line(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (at, part) in text.split('`').enumerate() {
        // Inside backticks all but a line break means itself.
        parts.push(if at % 2 == 1 { part.replace(['\n', '\r'], " ") } else { cell(part) });
    }
    parts.join("`")
}

/// `text` cut to `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
    }
}

/// One row of a table.
pub(crate) fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The head of a table; a column named in `right` is set to the right.
pub(crate) fn head(columns: &[&str], right: &[&str]) -> String {
    let rules: Vec<&str> =
        columns.iter().map(|name| if right.contains(name) { "--:" } else { "---" }).collect();
    row(columns) + &row(&rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_no_border_no_html_and_no_mention() {
        assert_eq!(cell("a|b\nc"), "a\\|b c");
        assert_eq!(cell("<img> & @you"), "&lt;img&gt; &amp; @&#8203;you");
        assert_eq!(cell("Perc99_x"), "Perc99\\_x");
    }

    #[test]
    fn a_line_keeps_its_code() {
        assert_eq!(line("`a_b <c>` is_bad"), "`a_b <c>` is\\_bad");
        assert_eq!(line("an odd ` b_c"), "an odd ` b_c");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("añb", 2), "añ…");
        assert_eq!(cut("añb", 3), "añb");
    }
}
