//! JSON pointers, as `/suite/0/test`: which value of a file.

/// The value called `key` in the one at `above`.
pub(crate) fn below(above: &str, key: &str) -> String {
    format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A pointer as people write paths: `suite.0.test`.
pub(crate) fn dotted(pointer: &str) -> String {
    let path = pointer.strip_prefix('/').unwrap_or(pointer);
    path.replace('/', ".").replace("~1", "/").replace("~0", "~")
}
