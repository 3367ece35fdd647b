//! How a stage starts itself again, for work that outlives it.

use std::{env, ffi::OsString, io, path::PathBuf};

/// The program and the first arguments that start the stage called `name` again, whether it runs
/// as a binary of its own or inside `scale-ci stage`.
///
/// # Errors
/// The system does not tell which program this is.
pub fn myself(name: &str) -> io::Result<(PathBuf, Vec<OsString>)> {
    let program = env::current_exe()?;
    let alone = program.file_stem().is_some_and(|stem| stem == name);
    let args = if alone { Vec::new() } else { vec!["stage".into(), name.into()] };
    Ok((program, args))
}
