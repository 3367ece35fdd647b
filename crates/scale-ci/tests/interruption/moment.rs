//! A `scale-ci run` that is stopped in the middle of a step.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use run_record::{Outcome, RunDir, State};
use rustix::process::Signal;

use crate::{
    pressed::Pressed,
    processes::{self, arguments, children, is_gone, is_stopped, listens, look, send},
    steps::{self, STEPS},
};

/// Longest time until a step comes: a busy machine takes a minute for all of them.
const COMES: Duration = Duration::from_secs(240);

/// Longest time for what takes milliseconds on an idle machine.
const SOON: Duration = Duration::from_secs(20);

/// Longest time a run may take from a signal on; the last thing that gives up does so after a minute.
pub(crate) const ENDS: Duration = Duration::from_secs(180);

/// Times of GitHub's runner: from SIGINT to SIGTERM, and from there to SIGKILL.
const RUNNER: [Duration; 2] = [Duration::from_millis(7500), Duration::from_millis(2500)];

/// A `scale-ci run`.
pub(crate) struct Running {
    child: Child,
    pid: i32,
    lines: Arc<Mutex<Vec<String>>>,
    run_dir: RunDir,
}

impl Running {
    /// Starts it; `run_dir` is where it works.
    pub(crate) fn start(mut command: Command, run_dir: RunDir) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let said = Arc::clone(&lines);
        let reader = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                said.lock().unwrap().push(line);
            }
        });
        let pid = i32::try_from(child.id()).unwrap();
        Self { child, pid, lines, run_dir }
    }

    /// All it said so far.
    pub(crate) fn said(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Waits until it has said `words`, or has ended.
    pub(crate) fn says(&mut self, words: &str, patience: Duration) -> bool {
        let pid = self.pid;
        let lines = Arc::clone(&self.lines);
        let said = || lines.lock().unwrap().iter().any(|line| line.contains(words));
        look(patience, || (said() || is_gone(pid)).then_some(())).is_some() && said()
    }

    /// The process of the step that is being taken.
    pub(crate) fn stage(&self) -> Option<i32> {
        children(self.pid).into_iter().next()
    }

    /// The process of a step, of the next one if none is being taken; nothing once the run has ended.
    pub(crate) fn next_stage(&self) -> Option<i32> {
        look(SOON, || self.stage().map(Some).or_else(|| is_gone(self.pid).then_some(None)))?
    }

    /// Waits until `step` is in the middle of its work, and stops its process there, so that what is
    /// sent then meets it. Nothing comes back if it was too quick.
    pub(crate) fn catch(&mut self, step: &str) -> Option<i32> {
        self.wait_for_turn(step);
        let wanted = steps::arguments(step);
        let mine = |pid: &i32| {
            let args = arguments(*pid);
            wanted.iter().all(|word| args.iter().any(|arg| arg == word))
                && args.iter().any(|arg| arg == "--suite") == wanted.contains(&"--suite")
        };
        let pid = self.pid;
        let stage = look(COMES, || {
            let found = children(pid).into_iter().find(mine);
            found.map(Some).or_else(|| is_gone(pid).then_some(None))
        })??;
        look(COMES, || (is_gone(stage) || self.is_deep(step, stage)).then_some(()))?;
        send(stage, Signal::STOP);
        look(SOON, || (is_stopped(stage) || is_gone(stage)).then_some(()))?;
        is_stopped(stage).then_some(stage)
    }

    /// Whether every step before `step` is done.
    pub(crate) fn went_well_until(&self, step: &str) -> bool {
        let planned = self.run_dir.plan().map(|plan| plan.steps).unwrap_or_default();
        planned.iter().take_while(|one| one.id != step).all(|one| {
            let record = self.run_dir.record(&one.stage, &one.verb, one.test.as_ref());
            record.ok().flatten().is_some_and(|record| record.outcome == Outcome::Done)
        })
    }

    /// Waits, without looking too often, until the step before `step` has begun.
    fn wait_for_turn(&mut self, step: &str) {
        let at = steps::position(step);
        if at < 2 {
            return;
        }
        self.says("run brief-", COMES);
        let planned = self.run_dir.plan().map(|plan| plan.steps).unwrap_or_default();
        let Some(before) = planned.iter().find(|one| one.id == STEPS[at - 1]) else { return };
        let title = format!(" {}", before.title);
        let end = Instant::now() + COMES;
        while !self.said().lines().any(|line| line.ends_with(&title))
            && !is_gone(self.pid)
            && Instant::now() < end
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the step has done something that can be left half done.
    fn is_deep(&self, step: &str, stage: i32) -> bool {
        match step {
            "create" => self.run_dir.ledger().is_ok_and(|ledger| {
                ledger.resources.iter().any(|one| one.process.is_some() && one.state == State::Made)
            }),
            "install" => self.runs("helm"),
            "run-brief" => {
                let log = self.run_dir.logs().join("cl2-brief.log");
                std::fs::read_to_string(log).is_ok_and(|text| text.contains("[step: 02]"))
            }
            _ => listens(stage),
        }
    }

    /// Whether a step runs `program`.
    fn runs(&self, program: &str) -> bool {
        let files = std::fs::read_dir(self.run_dir.processes()).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with(program))
    }

    /// Sends what `pressed` says, and lets the process of the step go on. Says whether `scale-ci`
    /// was killed.
    pub(crate) fn press(&mut self, pressed: Pressed, stage: Option<i32>) -> bool {
        let go_on = || {
            if let Some(stage) = stage {
                send(stage, Signal::CONT);
            }
        };
        match (pressed, stage) {
            (Pressed::Int | Pressed::Term, _) => {
                let term = pressed == Pressed::Term;
                send(self.pid, if term { Signal::TERM } else { Signal::INT });
                self.says("stopping:", SOON);
                go_on();
            }
            (Pressed::IntInt | Pressed::IntIntInt, _) => {
                for answer in ["stopping:", "hurrying:"] {
                    send(self.pid, Signal::INT);
                    self.says(answer, SOON);
                }
                if let (Pressed::IntIntInt, Some(stage)) = (pressed, stage) {
                    send(self.pid, Signal::INT);
                    look(SOON, || processes::has_pending(stage).then_some(()));
                }
                go_on();
            }
            (Pressed::Kill, _) => {
                send(self.pid, Signal::KILL);
                look(SOON, || is_gone(self.pid).then_some(()));
                go_on();
                return true;
            }
            (Pressed::Runner, _) => {
                send(self.pid, Signal::INT);
                go_on();
                if self.ends_within(RUNNER[0]) {
                    return false;
                }
                send(self.pid, Signal::TERM);
                if self.ends_within(RUNNER[1]) {
                    return false;
                }
                for pid in processes::tree(self.pid) {
                    send(pid, Signal::KILL);
                }
                return true;
            }
            (Pressed::StageInt, Some(stage)) => send(stage, Signal::INT),
            (Pressed::StageTerm, Some(stage)) => send(stage, Signal::TERM),
            (Pressed::StageKill, Some(stage)) => send(stage, Signal::KILL),
            (Pressed::StageInt | Pressed::StageTerm | Pressed::StageKill, None) => {}
        }
        go_on();
        false
    }

    fn ends_within(&mut self, patience: Duration) -> bool {
        let pid = self.pid;
        look(patience, || is_gone(pid).then_some(())).is_some()
    }

    /// How it ended; nothing if it did not.
    pub(crate) fn end(&mut self) -> Option<ExitStatus> {
        let end = Instant::now() + ENDS;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed must not leave a run behind.
        if matches!(self.child.try_wait(), Ok(None)) {
            send(self.pid, Signal::INT);
            self.end();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
