//! The program that boots a control plane.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{clusters::Cluster, keyset::ClusterAuthority};

/// Why there is no control plane.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    #[error("failed to start `{program}`")]
    Start { program: PathBuf, source: io::Error },
    #[error("`{program}` ended, or was silent for too long; its log is `{log}`")]
    Silent { program: PathBuf, log: PathBuf },
    #[error("`{program}` did not say where the API server is: {said}")]
    Said { program: PathBuf, said: String },
}

/// Longest that a control plane may take: it builds nothing, and takes 20 s on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Longest that it may take to end one.
const PARTING: Duration = Duration::from_secs(90);

/// A control plane that runs.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    pub(super) address: SocketAddr,
    /// What every node is to have beside what it has.
    pub(super) node: Value,
}

/// What the program says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    address: SocketAddr,
    #[serde(default)]
    node: Value,
}

impl Program {
    /// Starts `program` for `cluster` in `folder`, and waits until it says where the API server is.
    pub(super) async fn start(
        program: &Path,
        folder: &Path,
        cluster: &Cluster,
        authority: &ClusterAuthority,
    ) -> Result<Self, ProgramError> {
        let failed = |source| ProgramError::Start { program: program.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let file = folder.join("authority.pem");
        write_private(&file, &authority.pem()).map_err(failed)?;
        let log = folder.join("boot.log");
        let mut names =
            vec![format!("api.internal.{}", cluster.name), format!("api.{}", cluster.name)];
        names.extend(cluster.addresses.iter().cloned());
        #[expect(clippy::disallowed_methods, reason = "a test kit has no run directory to log to")]
        let mut command = Command::new(program);
        command
            .env("FAKE_GCE_CLUSTER", &cluster.name)
            .env("FAKE_GCE_FOLDER", folder)
            .env("FAKE_GCE_AUTHORITY", &file)
            .env("FAKE_GCE_NAMES", names.join(" "))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).map_err(failed)?)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(failed)?;
        let silent = || ProgramError::Silent { program: program.to_owned(), log: log.clone() };
        let mut lines = BufReader::new(child.stdout.take().ok_or_else(silent)?).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.map_err(|_| silent())?;
        let line = line.map_err(failed)?.ok_or_else(silent)?;
        let said = match line.trim().parse() {
            Ok(address) => Said { address, node: Value::Null },
            Err(_) => serde_json::from_str(&line)
                .map_err(|_| ProgramError::Said { program: program.to_owned(), said: line })?,
        };
        // It may say more, and would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address: said.address, node: said.node })
    }

    /// Asks it to end, and sees to it.
    pub(super) async fn stop(mut self) {
        let process = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(process) = process {
            // It may have ended by itself.
            let _ = kill_process(process, Signal::TERM);
        }
        if timeout(PARTING, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    /// The owner may read and write.
    const MODE: u32 = 0o600;
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(MODE).open(path)?;
    file.write_all(text.as_bytes())
}
