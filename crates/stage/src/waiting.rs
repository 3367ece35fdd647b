//! Who is waited for, on one line.

use std::fmt;

/// Names that are shown of those that are waited for.
const SHOWN: usize = 3;

/// Writes `, waiting for: a, b, c and 2 more (why)`, with the reason of the first; nothing if there is
/// nobody.
///
/// # Errors
/// It cannot be written to `f`.
pub fn waiting<'w>(
    f: &mut fmt::Formatter<'_>,
    mut left: impl Iterator<Item = (&'w str, &'w str)>,
) -> fmt::Result {
    let shown: Vec<_> = left.by_ref().take(SHOWN).collect();
    let Some((_, why)) = shown.first() else { return Ok(()) };
    let names: Vec<&str> = shown.iter().map(|(name, _)| *name).collect();
    write!(f, ", waiting for: {}", names.join(", "))?;
    match left.count() {
        0 => {}
        more => write!(f, " and {more} more")?,
    }
    write!(f, " ({why})")
}
