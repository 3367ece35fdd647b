//! The text of a failure in ClusterLoader2's junit.xml, taken apart.

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A call of a measurement failed: `measurement call METHOD - IDENTIFIER error: MESSAGE`.
    Measurement {
        /// Such as `APIResponsivenessPrometheus`.
        method: String,
        /// Its name in the config, which may hold spaces and dashes.
        identifier: String,
        /// What was said.
        message: String,
    },
    /// Anything else: an object could not be made, a namespace was left, ...
    Other(String),
}

/// How ClusterLoader2 begins what a measurement says.
const CALL: &str = "measurement call ";

/// The parts of a failure. ClusterLoader2 writes a list of errors as `[one\ntwo]`, and its reporter
/// puts a place that is always empty around it, so the whole is `:0\n[one\ntwo]\n:0`.
///
/// A line that begins no measurement call goes on with the part before it only while a bracket of
/// that part is open. When in doubt it is a part of its own: a failure may be shown twice, it must
/// not hide behind another one.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let list = strip(text);
    let mut texts: Vec<String> = Vec::new();
    // Brackets of the last text that are open: counting them anew at every line would take hours for
    // a list of some thousand errors.
    let mut open = 0;
    for line in list.lines() {
        match texts.last_mut() {
            Some(last) if !line.starts_with(CALL) && open > 0 => {
                last.push(' ');
                last.push_str(line.trim());
                open += opened(line);
            }
            _ if line.trim().is_empty() => {}
            _ => {
                texts.push(line.trim().to_owned());
                open = opened(line);
            }
        }
    }
    texts.iter().map(|text| part(text)).collect()
}

/// `text` without the places and the brackets of the list.
fn strip(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix(":0").unwrap_or(text);
    let text = text.strip_suffix(":0").unwrap_or(text).trim();
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

/// Brackets that `text` opens, less those that it closes.
fn opened(text: &str) -> isize {
    let bracket = |c| match c {
        '[' => 1,
        ']' => -1,
        _ => 0,
    };
    text.chars().map(bracket).sum()
}

fn part(text: &str) -> Part {
    let other = || Part::Other(text.into());
    let Some(call) = text.strip_prefix(CALL) else { return other() };
    // A method is a Go identifier; the identifier of the config is free text.
    let Some((method, rest)) = call.split_once(" - ") else { return other() };
    let Some((identifier, message)) = rest.split_once(" error: ") else { return other() };
    Part::Measurement {
        method: method.into(),
        identifier: identifier.into(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(method: &str, identifier: &str, message: &str) -> Part {
        Part::Measurement {
            method: method.into(),
            identifier: identifier.into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_list_of_errors_is_taken_apart_at_its_lines() {
        let text = ":0\n[measurement call TestMetrics - TestMetrics error: [start failed]\n\
            measurement call GenericPrometheusQuery - Kube-proxy - partial error: too many]\n:0";

        let found = parts(text);

        assert_eq!(
            found,
            [
                measurement("TestMetrics", "TestMetrics", "[start failed]"),
                measurement("GenericPrometheusQuery", "Kube-proxy - partial", "too many"),
            ]
        );
    }

    #[test]
    fn a_list_inside_an_error_stays_with_it() {
        let text = "[measurement call TestMetrics - T error: [one failed\ntwo failed]]";

        assert_eq!(parts(text), [measurement("TestMetrics", "T", "[one failed two failed]")]);
    }

    #[test]
    fn another_error_does_not_hide_behind_a_measurement() {
        let text = "[measurement call TestMetrics - T error: failed\nnamespace was left]";

        let found = parts(text);

        assert_eq!(
            found,
            [measurement("TestMetrics", "T", "failed"), Part::Other("namespace was left".into())]
        );
    }

    #[test]
    fn a_list_that_stays_open_is_read_in_one_go() {
        let text =
            format!("[measurement call TestMetrics - T error: [{}", "failed\n".repeat(200_000));

        assert_eq!(parts(&text).len(), 1);
    }

    #[test]
    fn a_text_without_any_form_is_one_other_error() {
        assert_eq!(parts("it broke"), [Part::Other("it broke".into())]);
        assert!(parts("").is_empty());
    }
}
