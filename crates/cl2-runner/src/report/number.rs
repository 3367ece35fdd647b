//! Numbers as ClusterLoader2's files have them, which may be missing or undefined.

use serde_json::Value;

/// The number in `value`: nothing if it is null, undefined or infinite.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_finite_number_is_left_out() {
        for value in
            [json!(null), json!("NaN"), json!("+Inf"), json!("-Inf"), json!(true), json!({})]
        {
            assert_eq!(number(&value), None, "{value}");
        }
        assert_eq!(number(&json!(1.5)), Some(1.5));
        assert_eq!(number(&json!("540")), Some(540.0));
    }
}
