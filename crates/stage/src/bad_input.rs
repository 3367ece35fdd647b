//! Whether a failure lies in what was given to a stage, however deep it was noticed.

use std::{error::Error, io};

use run_record::FileError;

use crate::toolbox::ToolboxError;

/// Whether `error`, or a cause of it, is a file of the run directory that is not what it should be, a
/// disk that cannot be written to, or a program that was named and is none. To do the same again will
/// not help then.
#[must_use]
pub fn is_bad_input(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        let file = error.downcast_ref::<FileError>().is_some_and(FileError::is_malformed);
        if file || is_read_only(error) || tool(error).is_some_and(ToolboxError::is_misuse) {
            return true;
        }
        at = error.source();
    }
    false
}

fn is_read_only(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem)
}

fn tool<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e ToolboxError> {
    let boxed = error.downcast_ref::<Box<ToolboxError>>();
    error.downcast_ref().or_else(|| boxed.map(|error| &**error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer<E: Error + 'static>(#[source] E);

    #[test]
    fn a_fault_of_the_input_is_seen_below_other_errors() {
        let missing = || FileError::Large { path: "plan.json".into() };
        let unknown = || ToolboxError::Unknown("x".into());

        assert!(is_bad_input(&Outer(Outer(missing()))));
        assert!(is_bad_input(&Outer(unknown())));
        assert!(is_bad_input(&Outer(Box::new(unknown()))));
        assert!(is_bad_input(&Outer(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))));
        assert!(!is_bad_input(&Outer(io::Error::other("x"))));
    }
}
