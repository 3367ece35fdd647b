//! How a stage starts itself again, for work that outlives it.

use std::{env, ffi::OsString, io, path::PathBuf};

/// The program and the first arguments that start the stage called `name` again, whether it runs
/// as a binary of its own or inside `scale-ci stage`.
///
/// # Errors
/// The system does not tell which program this is.
pub fn myself(name: &str) -> io::Result<(PathBuf, Vec<OsString>)> {
    let program = env::current_exe()?;
    // A program may be renamed; what it was told first may not.
    let inside = env::args_os().nth(1).is_some_and(|word| word == "stage");
    let args = if inside { vec!["stage".into(), name.into()] } else { Vec::new() };
    Ok((program, args))
}
