//! What a program sees of the caller's environment.

use std::{collections::BTreeMap, env, ffi::OsString};

/// Environment that every program needs to find its files and its way out; nothing else of the
/// caller's environment reaches a program unless it is passed by name.
const PASSED: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "LD_LIBRARY_PATH",
    "GOMAXPROCS",
    "GOGC",
    "GOMEMLIMIT",
];

/// The caller's variables that every program is given.
pub(crate) fn passed() -> BTreeMap<OsString, OsString> {
    PASSED.iter().filter_map(|name| Some(((*name).into(), env::var_os(name)?))).collect()
}

/// The caller's variables whose names begin with `prefix`.
pub(crate) fn with_prefix(prefix: &str) -> impl Iterator<Item = (OsString, OsString)> {
    env::vars_os()
        .filter(move |(name, _)| name.to_str().is_some_and(|name| name.starts_with(prefix)))
}
