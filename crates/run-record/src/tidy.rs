//! Removes what killed processes left in a run directory.

use std::{fs, io};

use crate::{file::read_json, partial::remove_partial, process::ProcessFile, run_dir::RunDir};

impl RunDir {
    /// Removes what processes that are no more left half written, and the files that speak of them.
    /// Nobody may write there any more.
    ///
    /// # Errors
    /// Something half written cannot be removed.
    pub fn tidy(&self) -> io::Result<()> {
        self.forget_processes();
        remove_partial(self.root()).map(drop)
    }

    /// Removes the files of child processes that are no more.
    pub fn forget_processes(&self) {
        let files = fs::read_dir(self.processes()).into_iter().flatten().flatten();
        for file in files {
            let dead = read_json::<ProcessFile>(&file.path()).is_ok_and(|f| !f.process.is_alive());
            if dead {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{file::write_json, format::Format, process::ProcessId};

    #[test]
    fn what_speaks_of_the_living_stays() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = RunDir::new(folder.path());
        let own = ProcessId::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        let dead = ProcessId { start_ticks: own.start_ticks + 1, ..own.clone() };
        for (name, process) in [("own.json", own), ("dead.json", dead)] {
            let program = "x".to_owned();
            let started = Timestamp::UNIX_EPOCH;
            let file = ProcessFile { format: Format, program, process, started };
            write_json(&run_dir.processes().join(name), &file).unwrap();
        }
        fs::write(run_dir.root().join(".partial-x"), "half").unwrap();

        run_dir.tidy().unwrap();

        assert!(run_dir.processes().join("own.json").is_file());
        assert!(!run_dir.processes().join("dead.json").exists());
        assert!(!run_dir.root().join(".partial-x").exists());
    }
}
