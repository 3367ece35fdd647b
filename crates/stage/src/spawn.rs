//! Starts a program that was perhaps just written.

use std::{io, time::Duration};

use tokio::{
    process::{Child, Command},
    time::sleep,
};

/// Times that a busy program is tried, and the pause between them: half a second in all. What holds
/// it is a process between its fork and its exec, which is over in milliseconds.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// Starts the program of `command`. A file that was just written may still be open in a process that
/// is about to become another program; until then the system calls it busy.
pub(crate) async fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 1..TRIES {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => sleep(PAUSE).await,
            started => return started,
        }
    }
    command.spawn()
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write, os::unix::fs::PermissionsExt};

    use super::*;

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the one place where programs start is tested")]
    async fn a_program_that_is_still_open_for_writing_is_started_when_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let mut file = fs::File::create(&path).unwrap();
        file.write_all(b"#!/bin/sh\nexit 7\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Command::new(&path).spawn().is_err());

        let mut command = Command::new(&path);
        let (started, ()) = tokio::join!(spawn(&mut command), async { drop(file) });

        assert_eq!(started.unwrap().wait().await.unwrap().code(), Some(7));
    }
}
