//! One interruption: a run is stopped in the middle of a step, and everything is looked at.

use std::time::{Duration, Instant};

use run_record::{Plan, RunDir};
use rustix::process::Signal;

use crate::{
    bucket::{self, Build},
    expected::{endings, may_be_unfinished, taken_up_from},
    left::left_behind,
    moment::{ENDS, Running},
    place::{Place, said},
    pressed::Pressed,
    processes::{look, send},
    row::Row,
    steps::{self, TEST, has_results},
};

/// Longest time for which a step goes on when `scale-ci` was killed: it stops its programs first.
const ORPHAN: Duration = Duration::from_secs(30);

/// How often a step is tried that is over before it can be caught.
const TRIES: usize = 5;

/// What is being looked at.
struct Cell<'p> {
    place: &'p Place,
    run_dir: RunDir,
    name: String,
    step: &'p str,
    pressed: Pressed,
    row: Row,
}

/// Stops a run in the middle of `step`.
pub(crate) fn in_the_middle(place: &Place, step: &str, pressed: Pressed) -> Row {
    for attempt in 1.. {
        let name = format!("{step}-{pressed}-{attempt}");
        let mut running = Running::start(place.run(&name, &[]), place.run_dir(&name));
        let stage = running.catch(step);
        if (stage.is_none() || !running.went_well_until(step)) && attempt < TRIES {
            // It was too quick, or the run is not what is to be stopped: it ends as it likes.
            running.press(Pressed::Int, stage);
            running.end();
            continue;
        }
        let landed = if stage.is_some() { "in the middle" } else { "at its end" };
        return finish(place, &name, step, pressed, running, stage, landed);
    }
    unreachable!("the loop ends by itself")
}

/// Stops a run after `time`, wherever it is then.
pub(crate) fn after(place: &Place, name: &str, time: Duration, pressed: Pressed) -> Option<Row> {
    let running = Running::start(place.run(name, &[]), place.run_dir(name));
    std::thread::sleep(time);
    let stage = running.next_stage()?;
    let step = steps::of_process(stage)?;
    Some(finish(place, name, step, pressed, running, Some(stage), "at random"))
}

fn finish(
    place: &Place,
    name: &str,
    step: &str,
    pressed: Pressed,
    mut running: Running,
    stage: Option<i32>,
    landed: &'static str,
) -> Row {
    let row = Row {
        step: step.into(),
        pressed,
        landed,
        left: String::new(),
        results: String::new(),
        word: String::new(),
        after: "nothing".into(),
        seconds: 0.0,
        faults: Vec::new(),
    };
    let mut cell =
        Cell { place, run_dir: place.run_dir(name), name: name.into(), step, pressed, row };
    let begun = Instant::now();
    let killed = running.press(pressed, stage);
    let status = running.end();
    cell.row.seconds = begun.elapsed().as_secs_f64();
    let Some(status) = status else {
        cell.fault(format!("it did not end in {} s: {}", ENDS.as_secs(), running.said()));
        return cell.row;
    };
    let code = match killed {
        true => cell.take_up(pressed),
        false => status.code(),
    };
    cell.look(code, killed);
    if !cell.row.faults.is_empty() {
        cell.fault(format!("it said: {}", running.said().replace('\n', " / ")));
    }
    cell.row
}

impl Cell<'_> {
    fn fault(&mut self, what: String) {
        self.row.faults.push(what);
    }

    /// What a person does after a SIGKILL: clear, then take the run up again. Returns its exit code.
    fn take_up(&mut self, pressed: Pressed) -> Option<i32> {
        let Ok(plan) = self.run_dir.plan() else {
            self.plan_again();
            return Some(1);
        };
        if pressed == Pressed::Kill {
            self.wait_for_orphans(&plan);
        }
        self.judge_builds(&plan);
        let reaped = self.place.output(&["stage", "infra-kwok", "reap"]);
        if !reaped.status.success() {
            self.fault(format!("reap failed: {}", said(&reaped)));
        }
        let from = taken_up_from(self.step);
        self.row.after = format!("`reap`, `--from {from}`");
        let again = self.place.output(&["run", "--run-dir", &self.name, "--from", from]);
        again.status.code()
    }

    /// A run directory without a plan is none: it is planned into once more.
    fn plan_again(&mut self) {
        self.row.after = "the same command again".into();
        let planned = self.place.plan(&self.name);
        if !planned.status.success() {
            self.fault(format!("planning again failed: {}", said(&planned)));
        }
    }

    /// Without `scale-ci` the process of the step stops what it does, keeps it, and ends.
    fn wait_for_orphans(&mut self, plan: &Plan) {
        let daemons: Vec<_> = match self.run_dir.ledger() {
            Ok(ledger) => ledger.resources.into_iter().filter_map(|one| one.process).collect(),
            Err(_) => Vec::new(),
        };
        let orphans = || {
            let mut all = stage::marked(&plan.run_id);
            // Daemons that were started just before are not in the ledger yet.
            all.retain(|one| !daemons.contains(one) && steps::of_process(one.pid).is_some());
            all
        };
        let ended = look(ORPHAN, || {
            std::thread::sleep(Duration::from_millis(10));
            orphans().is_empty().then_some(())
        });
        if ended.is_none() {
            self.fault("the step went on without `scale-ci`".into());
            for orphan in orphans() {
                send(orphan.pid, Signal::KILL);
            }
        }
    }

    /// A build is finished or can be told from one that is.
    fn judge_builds(&mut self, plan: &Plan) {
        for build in bucket::builds(&self.place.bucket(), plan) {
            if let Build::Wrong(why) = build {
                self.fault(format!("a build that looks finished is not: {why}"));
            }
        }
    }

    /// Looks at everything once the run has ended, or was taken up again.
    fn look(&mut self, code: Option<i32>, killed: bool) {
        if killed && self.run_dir.plan().is_err() {
            self.fault("there is no plan".into());
            return;
        }
        if let Ok(plan) = self.run_dir.plan() {
            steps::assert_are(&plan.steps);
            self.judge_builds(&plan);
            // Nothing but the plan may be there, of which there are no results.
            if self.step != "plan" || self.run_dir.conclusion().is_ok() {
                self.look_at_results(&plan);
            }
        } else if self.pressed == Pressed::StageKill {
            self.plan_again();
        }
        let left = left_behind(self.place, &self.run_dir);
        self.row.left = if left.is_empty() { "nothing".into() } else { left.join(", ") };
        if !left.is_empty() {
            self.fault("something is left".into());
        }
        self.look_at_word(code, killed);
        if self.row.results.is_empty() {
            self.row.results = "none yet".into();
        }
    }

    fn look_at_results(&mut self, plan: &Plan) {
        let mut builds = bucket::builds(&self.place.bucket(), plan);
        let wanted = |builds: &[Build; 2]| {
            (has_results(self.step).then(|| builds[0].clone()), builds[1].clone())
        };
        let finished = |(test, suite): &(Option<Build>, Build)| {
            test.as_ref().is_none_or(Build::is_finished) && suite.is_finished()
        };
        if !finished(&wanted(&builds)) && may_be_unfinished(self.step, self.pressed) {
            let what: &[&str] = match self.step {
                "export-suite" => &["--suite"],
                _ => &["--test", TEST],
            };
            self.row.after = format!("`artifact-gcs export {}`", what.join(" "));
            let export = ["stage", "artifact-gcs", "export", "--run-dir", &self.name];
            let exported = self.place.output(&[&export[..], what].concat());
            if !exported.status.success() {
                self.fault(format!("the export failed: {}", said(&exported)));
            }
            builds = bucket::builds(&self.place.bucket(), plan);
        }
        if !finished(&wanted(&builds)) {
            self.fault(format!("builds are not finished: {builds:?}"));
        }
        if let Build::Finished(objects) = &builds[0] {
            let report = objects.iter().any(|name| name.starts_with("artifacts/"));
            let output = objects.contains("cl2-output.txt");
            // At a random time ClusterLoader2 may not have written anything yet.
            let may_lack = self.row.landed == "at random" && self.step.starts_with("run-");
            if (!report || !output) && !may_lack {
                self.fault(format!("the build of {TEST} lacks its results: {objects:?}"));
            }
            self.row.results = format!("{} objects", objects.len());
        }
    }

    fn look_at_word(&mut self, code: Option<i32>, killed: bool) {
        let word = self.run_dir.conclusion().ok().map(|conclusion| conclusion.outcome);
        let shown = word.map_or("none".to_owned(), |word| word.to_string());
        self.row.word = format!("{shown} ({})", code.map_or(-1, |code| code));
        if self.step == "plan" && (killed || self.pressed == Pressed::Kill) {
            return;
        }
        let allowed = endings(self.step, self.pressed, killed);
        if !allowed.iter().any(|(one, said)| Some(*one) == code && *said == word) {
            self.fault(format!("the word should be one of {allowed:?}"));
        }
    }
}
