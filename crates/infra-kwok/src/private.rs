//! Where everything that must not leave this machine lies: `<run>.private/`.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use run_record::RunDir;

/// Nobody but the owner may look inside.
const PRIVATE: u32 = 0o700;

/// Longest path of a unix socket, without the byte that ends it.
const LONGEST_SOCKET: usize = 107;

/// The private folder of a run and the folder of its socket.
#[derive(Clone, Debug)]
pub(crate) struct Private {
    root: PathBuf,
    sockets: PathBuf,
}

impl Private {
    pub(crate) fn of(run_dir: &RunDir, run_id: &str) -> Self {
        Self { root: run_dir.private(), sockets: sockets(run_id) }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the socket: a run directory may lie too deep for one. Its name follows from
    /// the run's, so that it is found again when the run directory is gone.
    pub(crate) fn sockets(&self) -> &Path {
        &self.sockets
    }

    /// Where the tunnel listens.
    pub(crate) fn tunnel(&self) -> PathBuf {
        self.sockets.join("tunnel")
    }

    pub(crate) fn pki(&self, file: &str) -> PathBuf {
        self.root.join("pki").join(file)
    }

    /// The log of a daemon, as it was written: credentials may stand in it.
    pub(crate) fn log(&self, daemon: &str) -> PathBuf {
        self.root.join("logs").join(format!("{daemon}.log"))
    }

    /// A configuration file of a daemon.
    pub(crate) fn config(&self, file: &str) -> PathBuf {
        self.root.join("config").join(file)
    }

    /// The folder in which a daemon keeps its data.
    pub(crate) fn data(&self, daemon: &str) -> PathBuf {
        self.root.join(daemon)
    }

    /// Makes the folders, empty.
    pub(crate) fn make(&self) -> io::Result<()> {
        for folder in [&self.root, &self.sockets] {
            remove(folder)?;
            if let Some(above) = folder.parent() {
                fs::create_dir_all(above)?;
            }
            DirBuilder::new().mode(PRIVATE).create(folder)?;
        }
        for folder in ["pki", "logs", "config", "etcd"] {
            DirBuilder::new().mode(PRIVATE).create(self.root.join(folder))?;
        }
        Ok(())
    }
}

/// Removes a folder and all in it, if it is there.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sockets(run_id: &str) -> PathBuf {
    let name = format!("perf-scale-{run_id}");
    let folder = std::env::temp_dir().join(&name);
    let socket = folder.join("tunnel");
    if socket.as_os_str().len() > LONGEST_SOCKET { Path::new("/tmp").join(name) } else { folder }
}
