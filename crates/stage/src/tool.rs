//! Runs a program: deadline, cancellation, redacted log, tail in the error.

use std::{
    collections::{BTreeMap, VecDeque},
    env,
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use jiff::Timestamp;
use run_record::{Format, ProcessFile, ProcessId, RunDir, write_json};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::{Child, Command},
};

use crate::{cancel::Cancel, marker::MARKER, redact::LineRedactor};

/// Lines of a log that an error carries: what a person would scroll to.
const TAIL: usize = 10;

/// Environment that every program needs to find its files and its way out; nothing else of the
/// caller's environment reaches a program unless it is passed by name.
const PASSED: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "LD_LIBRARY_PATH",
    "GOMAXPROCS",
    "GOGC",
    "GOMEMLIMIT",
];

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The program could not be started or its log not be written.
    #[error("failed to start `{program}`")]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program ended and said that it had failed.
    #[error("`{command}` ended with {status}{}", said(tail))]
    Status {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Last lines of its log, redacted.
        tail: Vec<String>,
    },
    /// The deadline passed and the program was stopped.
    #[error("`{command}` was stopped after {}s{}", deadline.as_secs(), said(tail))]
    TimedOut {
        /// The program and its arguments.
        command: String,
        /// The deadline.
        deadline: Duration,
        /// Last lines of its log, redacted.
        tail: Vec<String>,
    },
    /// Somebody stopped the stage, which stopped the program.
    #[error("`{command}` was stopped since the step was cancelled")]
    Cancelled {
        /// The program and its arguments.
        command: String,
    },
}

fn said(tail: &[String]) -> String {
    if tail.is_empty() { String::new() } else { format!("; it said: {}", tail.join(" | ")) }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exited(ExitStatus),
    /// It was stopped when its deadline passed.
    TimedOut,
    /// It was stopped because the step was cancelled.
    Cancelled,
}

/// A program that ended.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub ended: Ended,
    /// What it wrote to stdout, if that was asked for; not redacted.
    pub stdout: String,
    /// Last lines of its log, redacted.
    pub tail: Vec<String>,
}

type OnLine<'l> = Box<dyn FnMut(&str) + Send + 'l>;

/// A program about to be run.
pub struct Tool<'l> {
    name: String,
    program: PathBuf,
    args: Vec<OsString>,
    envs: BTreeMap<OsString, OsString>,
    cwd: Option<PathBuf>,
    log: Option<PathBuf>,
    keep_stdout: bool,
    deadline: Option<Duration>,
    grace: Duration,
    cancel: Option<Cancel>,
    run_dir: Option<RunDir>,
    on_line: Option<OnLine<'l>>,
}

/// Time between asking a program to stop and ending it: a runner ends us 10 s after it asked.
const GRACE: Duration = Duration::from_secs(4);

impl<'l> Tool<'l> {
    /// The program at `program`, called `name` in messages and logs.
    #[must_use]
    pub fn new(name: &str, program: impl Into<PathBuf>) -> Self {
        let passed = PASSED.iter().filter_map(|name| Some(((*name).into(), env::var_os(name)?)));
        Self {
            name: name.into(),
            program: program.into(),
            args: Vec::new(),
            envs: passed.collect(),
            cwd: None,
            log: None,
            keep_stdout: false,
            deadline: None,
            grace: GRACE,
            cancel: None,
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
        self.envs.extend(
            env::vars_os()
                .filter(|(name, _)| name.to_str().is_some_and(|name| name.starts_with(prefix))),
        );
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
            Ended::Cancelled => Err(ToolError::Cancelled { command }),
        }
    }

    /// Runs the program to its end, however it ends.
    ///
    /// # Errors
    /// It could not be started.
    pub async fn finish(mut self) -> Result<Finished, ToolError> {
        let program = self.program.clone();
        let start = |source| ToolError::Start { program: program.clone(), source };
        let mut log = self.open_log().map_err(start)?;
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let written = self.write_down(child.id()).map_err(start)?;
        let group = Group(child.id());
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(start(io::Error::other("no pipes")));
        };

        let mut kept = String::new();
        let mut tail = VecDeque::new();
        let mut on_line = self.on_line.take();
        let mut redactor = LineRedactor::default();
        let mut say = |line: &str| {
            let Some(line) = redactor.line(line) else { return };
            if let Some(log) = &mut log {
                // A full disk must not stop the program whose results are being kept.
                let _ = writeln!(log, "{line}").and_then(|()| log.flush());
            }
            if let Some(on_line) = &mut on_line {
                on_line(&line);
            }
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(line.into_owned());
        };
        let keep = self.keep_stdout;
        let reading = async {
            let (lines, mut received) = tokio::sync::mpsc::channel::<String>(256);
            let errors = read_lines(stderr, lines.clone());
            let output = async {
                if keep {
                    drop(lines);
                    read_all(stdout).await
                } else {
                    read_lines(stdout, lines).await;
                    String::new()
                }
            };
            let saying = async {
                while let Some(line) = received.recv().await {
                    say(&line);
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
        Ok(Finished { ended, stdout: kept, tail: tail.into() })
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
        let ended = tokio::select! {
            status = child.wait() => return Ok(Ended::Exited(status?)),
            () = deadline => Ended::TimedOut,
            () = asked(self.cancel.as_ref()) => Ended::Cancelled,
        };
        group.signal(Signal::INT);
        tokio::select! {
            status = child.wait() => { status?; }
            () = tokio::time::sleep(self.grace) => {}
            () = hurried(self.cancel.as_ref()) => {}
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
        crate::redact::redact(&line.collect::<Vec<_>>().join(" ")).into_owned()
    }
}

async fn asked(cancel: Option<&Cancel>) {
    match cancel {
        Some(cancel) => cancel.asked().await,
        None => std::future::pending().await,
    }
}

async fn hurried(cancel: Option<&Cancel>) {
    match cancel {
        Some(cancel) => cancel.hurried().await,
        None => std::future::pending().await,
    }
}

/// The process group of a child, which is ended as a whole.
struct Group(Option<u32>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
            // It may have ended just now: that is what was wanted.
            let _ = kill_process_group(pid, signal);
        }
    }
}

/// Longest line that is kept whole, in bytes: a program that writes no line breaks must not fill
/// the memory.
const LONGEST_LINE: u64 = 64 * 1024;

async fn read_lines(from: impl AsyncRead + Unpin, to: tokio::sync::mpsc::Sender<String>) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                if to.send(text).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Most that is kept of a program's stdout, in bytes: the largest real answer is a rendered chart
/// of some 100 kB.
const LARGEST_OUTPUT: u64 = 64 << 20;

async fn read_all(from: impl AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let mut limited = from.take(LARGEST_OUTPUT);
    let _ = limited.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
