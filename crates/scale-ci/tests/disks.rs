//! What stages say to a disk that is full or cannot be written to, and what is lost: nothing that was
//! there. Takes root, and says so where it skips.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says why")]

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
};

use tempfile::TempDir;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tiny.yaml");

/// A small disk of its own.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Nothing if none can be had.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        if !mount("-osize=256k", folder.path()) {
            eprintln!("skipped: no tmpfs can be mounted here, which takes root");
            return None;
        }
        Some(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        call("umount", &["-l".as_ref(), self.folder.path()]);
    }
}

fn mount(options: &str, at: &Path) -> bool {
    call("mount", &["-ttmpfs".as_ref(), options.as_ref(), "tmpfs".as_ref(), at])
}

#[expect(clippy::disallowed_methods, reason = "a test makes the disk it needs")]
fn call(program: &str, args: &[&Path]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

/// Exit code and what was said, with `DISK` for the disk.
#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn scale_ci(disk: &Path, cache: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scale-ci"))
        .args(args)
        .current_dir(disk)
        .env_clear()
        .env("PERF_SCALE_CACHE", cache)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).replace(&disk.display().to_string(), "DISK");
    (output.status.code().unwrap(), said)
}

#[test]
fn a_full_disk_is_named_with_a_remedy_and_what_was_there_stays() {
    let (Some(disk), Ok(cache)) = (Disk::new(), tempfile::tempdir()) else { return };
    let (code, said) = scale_ci(disk.path(), cache.path(), &["stage", "plan", "plan", TINY]);
    assert_eq!(code, 0, "{said}");
    let plan = fs::read(disk.path().join("run/plan.json")).unwrap();
    disk.fill();

    let (code, said) = scale_ci(disk.path(), cache.path(), &["stage", "verdict", "conclude"]);

    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains(
            "(hint: the disk is full: make room, then repeat the step): No space left on device"
        ),
        "{said}"
    );
    assert_eq!(fs::read(disk.path().join("run/plan.json")).unwrap(), plan);
    assert!(!disk.path().join("run/conclusion.json").exists());
}

#[test]
fn the_last_number_of_a_build_outlives_a_full_disk() {
    let (Some(disk), Ok(runs)) = (Disk::new(), tempfile::tempdir()) else { return };
    // The cache is on the disk, the run directory is not.
    let (code, said) = scale_ci(runs.path(), disk.path(), &["stage", "plan", "plan", TINY]);
    assert_eq!(code, 0, "{said}");
    let last = disk.path().join("last-build");
    fs::write(&last, "9999999999").unwrap();
    disk.fill();

    let (code, said) =
        scale_ci(runs.path(), disk.path(), &["stage", "plan", "plan", TINY, "--run-dir", "two"]);

    assert_eq!(code, 1, "{said}");
    assert!(said.contains("last-build"), "{said}");
    assert_eq!(fs::read_to_string(&last).unwrap(), "9999999999");
}

#[test]
fn a_disk_that_cannot_be_written_to_is_misuse() {
    let (Some(disk), Ok(cache)) = (Disk::new(), tempfile::tempdir()) else { return };
    let (code, said) = scale_ci(disk.path(), cache.path(), &["stage", "plan", "plan", TINY]);
    assert_eq!(code, 0, "{said}");
    assert!(mount("-oremount,ro", disk.path()));

    let bucket = format!("file://{}/bucket", cache.path().display());
    for args in [
        &["stage", "plan", "plan", TINY, "--run-dir", "two", "--bucket", &bucket][..],
        &["stage", "verdict", "conclude"],
    ] {
        let (code, said) = scale_ci(disk.path(), cache.path(), args);

        assert_eq!(code, 2, "{args:?}: {said}");
        assert!(said.contains("Read-only file system"), "{args:?}: {said}");
    }
}
