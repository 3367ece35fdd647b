//! Starts fake-gcs-server, the emulator of an object store, on a free port.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    os::linux::fs::MetadataExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

/// Why there is no emulator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The program cannot be started.
    #[error("failed to start the emulator")]
    Start(#[source] io::Error),
    /// It ended, and said why.
    #[error("the emulator ended: {0}")]
    Ended(String),
    /// It says that it listens, and no port of it is to be found.
    #[error("failed to find the port of the emulator")]
    Port(#[source] io::Error),
}

/// A running emulator. It is ended when it is dropped; what it kept in memory is gone then.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    url: String,
}

/// What it says when it listens.
const STARTED: &str = "server started";

impl Emulator {
    /// Starts `program`, a fake-gcs-server, with objects in memory, or in files under `root`.
    ///
    /// # Errors
    /// It cannot be started, or ends at once.
    #[expect(clippy::disallowed_methods, reason = "a test kit has no run directory to log to")]
    pub fn start(program: &Path, root: Option<&Path>) -> Result<Self, EmulatorError> {
        let mut command = Command::new(program);
        command.args(["-scheme", "http", "-host", "127.0.0.1", "-port", "0"]);
        match root {
            Some(root) => command.args(["-backend", "filesystem", "-filesystem-root"]).arg(root),
            None => command.args(["-backend", "memory"]),
        };
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        // From here on it is ended however this ends.
        let mut emulator = Self { child: child.map_err(EmulatorError::Start)?, url: String::new() };
        let said = emulator.child.stderr.take();
        let mut said = BufReader::new(said.ok_or(EmulatorError::Ended(String::new()))?);
        let mut all = String::new();
        while !all.contains(STARTED) {
            if said.read_line(&mut all).map_err(EmulatorError::Start)? == 0 {
                return Err(EmulatorError::Ended(all));
            }
        }
        // It writes a line for each request, and would stop at a full pipe.
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while said.read(&mut buffer).is_ok_and(|read| read > 0) {}
        });
        let port = port_of(emulator.child.id()).map_err(EmulatorError::Port)?;
        emulator.url = format!("http://127.0.0.1:{port}");
        Ok(emulator)
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port that a process listens on. It was asked to take a free one, and does not say which.
fn port_of(pid: u32) -> io::Result<u16> {
    /// State of a socket that listens, as the kernel writes it.
    const LISTENS: &str = "0A";
    let sockets: Vec<u64> = fs::read_dir(format!("/proc/{pid}/fd"))?
        .filter_map(|entry| fs::metadata(entry.ok()?.path()).ok())
        .map(|metadata| metadata.st_ino())
        .collect();
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp"))?;
    let ports = table.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let inode: u64 = fields.get(9)?.parse().ok()?;
        let listens = fields[3] == LISTENS && sockets.contains(&inode);
        listens.then(|| u16::from_str_radix(fields[1].rsplit(':').next()?, 16).ok())?
    });
    ports.into_iter().next().ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_port_of_a_process_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();

        let port = port_of(std::process::id()).unwrap();

        assert_eq!(port, listener.local_addr().unwrap().port());
    }

    #[test]
    fn an_emulator_that_ends_at_once_says_why() {
        let error = Emulator::start(Path::new("/bin/false"), None).unwrap_err();

        assert!(matches!(error, EmulatorError::Ended(_)), "{error}");
    }
}
