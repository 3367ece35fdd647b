//! Runs a program: deadline, cancellation, redacted log, tail in the error.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use jiff::Timestamp;
use redaction::LineRedactor;
use run_record::{Format, ProcessFile, ProcessId, RunDir, write_json};
use rustix::process::Signal;
use tokio::process::{Child, Command};

use crate::{
    cancel::Cancel,
    environment,
    finished::{Ended, Finished},
    group::Group,
    lines::{read_all, read_lines},
    marker::MARKER,
    parent::PARENT,
    said::{LARGEST_LOG, OnLine, Said},
    spawn::spawn,
    tool_error::ToolError,
};

/// A program about to be run.
pub struct Tool<'l> {
    name: String,
    program: PathBuf,
    args: Vec<OsString>,
    envs: BTreeMap<OsString, OsString>,
    cwd: Option<PathBuf>,
    log: Option<PathBuf>,
    largest_log: u64,
    keep_stdout: bool,
    deadline: Option<Duration>,
    grace: Duration,
    cancel: Option<Cancel>,
    hurry: Option<(Cancel, u32)>,
    stop: Option<Cancel>,
    run_dir: Option<RunDir>,
    on_line: Option<OnLine<'l>>,
}

/// Time between asking a program to stop and ending it: a runner ends us 10 s after it asked.
const GRACE: Duration = Duration::from_secs(4);

/// Parts of the output that may wait to be taken, each of some 64 KiB.
const WAITING: usize = 16;

/// The same after a second signal: a runner gives 2.5 s from there on, for everything.
const HURRY: Duration = Duration::from_secs(1);

impl<'l> Tool<'l> {
    /// The program at `program`, called `name` in messages and logs.
    #[must_use]
    pub fn new(name: &str, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            args: Vec::new(),
            envs: environment::passed(),
            cwd: None,
            log: None,
            largest_log: LARGEST_LOG,
            keep_stdout: false,
            deadline: None,
            grace: GRACE,
            cancel: None,
            hurry: None,
            stop: None,
            run_dir: None,
            on_line: None,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.insert(name.into(), value.into());
        self
    }

    /// Passes on the caller's environment variables whose names begin with `prefix`.
    #[must_use]
    pub fn pass(mut self, prefix: &str) -> Self {
        self.envs.extend(environment::with_prefix(prefix));
        self
    }

    /// Keeps a variable of the caller's environment from the program.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.envs.remove(std::ffi::OsStr::new(name));
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn cwd(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cwd = Some(folder.into());
        self
    }

    /// Appends what the program writes, redacted, to this file.
    #[must_use]
    pub fn log(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// Bytes of the log after which only its end is kept.
    #[must_use]
    pub fn largest_log(mut self, bytes: u64) -> Self {
        self.largest_log = bytes;
        self
    }

    /// Keeps stdout for the caller, and out of the log.
    #[must_use]
    pub fn keep_stdout(mut self) -> Self {
        self.keep_stdout = true;
        self
    }

    /// Stops the program after this time.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Time between asking the program to stop and ending it.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Stops the program when the step is cancelled.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Lets the program do its work when the step is cancelled, and stops it when more than `spare`
    /// signals came, and at least one since it was started.
    #[must_use]
    pub fn hurry(mut self, cancel: &Cancel, spare: u32) -> Self {
        self.hurry = Some((cancel.clone(), spare));
        self
    }

    /// Stops the program when the caller, who watches it, asks for it.
    #[must_use]
    pub fn stop(mut self, stop: &Cancel) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    /// Writes the process down in the run directory, and marks it as `run_id`'s.
    #[must_use]
    pub fn of_run(mut self, run_dir: &RunDir, run_id: &str) -> Self {
        self.run_dir = Some(run_dir.clone());
        self.env(MARKER, run_id)
    }

    /// Shows `on_line` every redacted line as it is written.
    #[must_use]
    pub fn on_line(mut self, on_line: impl FnMut(&str) + Send + 'l) -> Self {
        self.on_line = Some(Box::new(on_line));
        self
    }

    /// Runs the program to its end; anything but success is an error.
    ///
    /// # Errors
    /// It could not be started, failed, ran into its deadline or was cancelled.
    pub async fn run(self) -> Result<Finished, ToolError> {
        let command = self.command_line();
        let deadline = self.deadline.unwrap_or_default();
        let finished = self.finish().await?;
        match finished.ended {
            Ended::Exited(status) if status.success() => Ok(finished),
            Ended::Exited(status) => {
                Err(ToolError::Status { command, status, tail: finished.tail })
            }
            Ended::TimedOut => Err(ToolError::TimedOut { command, deadline, tail: finished.tail }),
            Ended::Cancelled | Ended::Stopped => Err(ToolError::Cancelled { command }),
        }
    }

    /// Runs the program to its end, however it ends.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn finish(mut self) -> Result<Finished, ToolError> {
        let program = self.program.clone();
        let start = |source| ToolError::Start { program: program.clone(), source };
        let log = self.open_log().map_err(start)?;
        self.envs.insert(PARENT.into(), std::process::id().to_string().into());
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = spawn(&mut command).await.map_err(start)?;
        let written = self.write_down(child.id()).map_err(start)?;
        let group = Group(child.id());
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(start(io::Error::other("no pipes")));
        };

        let mut kept = String::new();
        let mut said = Said::new(log, self.on_line.take(), self.largest_log);
        let keep = self.keep_stdout;
        let reading = async {
            let (lines, mut received) = tokio::sync::mpsc::channel::<Vec<String>>(WAITING);
            // A key may lie over many lines, and the lines of the other pipe may come in between.
            let errors = read_lines(stderr, lines.clone(), LineRedactor::default());
            let output = async {
                if keep {
                    drop(lines);
                    read_all(stdout).await
                } else {
                    read_lines(stdout, lines, LineRedactor::default()).await;
                    String::new()
                }
            };
            let saying = async {
                while let Some(lines) = received.recv().await {
                    lines.into_iter().for_each(|line| said.line(line));
                }
            };
            let ((), output, ()) = tokio::join!(errors, output, saying);
            kept = output;
        };
        let ended = {
            let waiting = self.wait(&mut child, &group);
            tokio::pin!(reading);
            tokio::pin!(waiting);
            let mut read = false;
            let ended = loop {
                tokio::select! {
                    ended = &mut waiting => break ended.map_err(start)?,
                    () = &mut reading, if !read => read = true,
                }
            };
            // A child of the program may hold its pipes open for ever: end the group, then read on.
            group.signal(Signal::KILL);
            if !read {
                let _ = tokio::time::timeout(GRACE, &mut reading).await;
            }
            ended
        };
        if let Some(path) = written {
            let _ = fs::remove_file(path);
        }
        let (tail, left_out_bytes) = said.end();
        Ok(Finished { ended, stdout: kept, tail, left_out_bytes })
    }

    /// Starts a program that outlives this one. What it writes goes to its log as it is: the log
    /// must be in a private folder.
    ///
    /// # Errors
    /// It could not be started.
    pub fn spawn(self) -> Result<ProcessId, ToolError> {
        let start = |source| ToolError::Start { program: self.program.clone(), source };
        let output = || -> io::Result<Stdio> {
            Ok(match self.log_file()? {
                Some(file) => file.into(),
                None => Stdio::null(),
            })
        };
        let (stdout, stderr) = (output().map_err(start)?, output().map_err(start)?);
        let child = self
            .command()
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(start)?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
        self.write_down(child.id()).map_err(start)?;
        ProcessId::of(pid).map_err(start)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place where programs start")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(&self.envs).process_group(0);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command
    }

    /// Waits for the end, and brings it about when it is time.
    async fn wait(&self, child: &mut Child, group: &Group) -> io::Result<Ended> {
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        let hurry = self.hurry.as_ref().map(|(cancel, _)| cancel);
        let seen = self.hurry.as_ref().map_or(0, |(cancel, spare)| cancel.signals().max(*spare));
        let (ended, grace) = tokio::select! {
            status = child.wait() => return Ok(Ended::Exited(status?)),
            () = deadline => (Ended::TimedOut, self.grace),
            () = asked(self.cancel.as_ref()) => (Ended::Cancelled, self.grace),
            () = asked(self.stop.as_ref()) => (Ended::Stopped, self.grace),
            () = hurried(hurry, seen) => {
                // What outlives one signal is told twice; two of a kind could be taken for one.
                group.signal(Signal::TERM);
                (Ended::Cancelled, HURRY)
            }
        };
        group.signal(Signal::INT);
        tokio::select! {
            status = child.wait() => { status?; }
            () = tokio::time::sleep(grace) => {}
            () = hurried(self.cancel.as_ref(), 0) => {}
        }
        group.signal(Signal::KILL);
        child.wait().await?;
        Ok(ended)
    }

    fn log_file(&self) -> io::Result<Option<File>> {
        let Some(path) = &self.log else { return Ok(None) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        OpenOptions::new().create(true).append(true).open(path).map(Some)
    }

    fn open_log(&self) -> io::Result<Option<BufWriter<File>>> {
        Ok(self.log_file()?.map(BufWriter::new))
    }

    fn write_down(&self, pid: Option<u32>) -> io::Result<Option<PathBuf>> {
        let Some(run_dir) = &self.run_dir else { return Ok(None) };
        let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) else { return Ok(None) };
        // A program that ended at once has no identity to write down.
        let Ok(process) = ProcessId::of(pid) else { return Ok(None) };
        let path = run_dir.processes().join(format!("{}-{pid}.json", self.name));
        let program = self.name.clone();
        let file = ProcessFile { format: Format, program, process, started: Timestamp::now() };
        write_json(&path, &file).map_err(io::Error::other)?;
        Ok(Some(path))
    }

    /// The program and its arguments as a person would type them.
    fn command_line(&self) -> String {
        let args = self.args.iter().map(|arg| arg.to_string_lossy());
        let line = std::iter::once(Path::new(&self.name).to_string_lossy()).chain(args);
        redaction::redact(&line.collect::<Vec<_>>().join(" ")).into_owned()
    }
}

async fn asked(cancel: Option<&Cancel>) {
    match cancel {
        Some(cancel) => cancel.asked().await,
        None => std::future::pending().await,
    }
}

async fn hurried(cancel: Option<&Cancel>, seen: u32) {
    match cancel {
        Some(cancel) => cancel.hurried_beyond(seen).await,
        None => std::future::pending().await,
    }
}
