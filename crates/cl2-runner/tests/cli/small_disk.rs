//! A disk of a few MiB, for tests that fill it.

use std::{path::Path, process::Command};

use tempfile::TempDir;

/// A disk of a few MiB in memory, mounted at a folder until it is dropped.
pub(crate) struct SmallDisk {
    folder: std::path::PathBuf,
}

impl SmallDisk {
    /// Mounts a disk of `size`, as `4m`, at the folder `run` in `folder`. Nothing comes back, and the
    /// reason is printed, where nobody may mount: only root may.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
    pub(crate) fn new(folder: &TempDir, size: &str) -> Option<Self> {
        let run = folder.path().join("run");
        std::fs::create_dir(&run).unwrap();
        let size = format!("size={size}");
        let mounted = call("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], &run);
        if !mounted {
            eprintln!("skipped: no tmpfs can be mounted here, which takes root");
            return None;
        }
        Some(Self { folder: run })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        call("umount", &["--lazy"], &self.folder);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test makes its own disk")]
fn call(program: &str, args: &[&str], folder: &Path) -> bool {
    Command::new(program).args(args).arg(folder).output().is_ok_and(|done| done.status.success())
}
