//! The known name that was most likely meant.

/// The one of `known` that is most like `name`; none if a hint would be a guess.
#[must_use]
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k String>) -> Option<&'k String> {
    /// Below this likeness a hint would be a guess.
    const ALIKE: f64 = 0.75;
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
