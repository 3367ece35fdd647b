//! What a person sees while the pipeline runs: one live line per step, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use run_record::Outcome;

/// Time between two frames of the live line.
const FRAME: Duration = Duration::from_millis(120);

/// Shows steps on stderr.
pub(crate) struct Display {
    live: bool,
}

/// One step while it is taken.
pub(crate) struct Line {
    bar: Option<ProgressBar>,
    title: String,
    begun: Instant,
}

impl Display {
    /// Live on a terminal, plain elsewhere.
    pub(crate) fn new() -> Self {
        Self { live: std::io::stderr().is_terminal() }
    }

    /// Says something that belongs to no step.
    pub(crate) fn say(text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Begins the line of a step.
    pub(crate) fn begin(&self, title: &str) -> Line {
        let bar = self.live.then(|| {
            let style =
                ProgressStyle::with_template("{spinner} {prefix:32} {elapsed:>6}  {wide_msg}");
            let bar = ProgressBar::new_spinner().with_prefix(title.to_owned());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(FRAME);
            bar
        });
        if bar.is_none() {
            Self::say(&format!("{} {title}", clock()));
        }
        Line { bar, title: title.into(), begun: Instant::now() }
    }
}

impl Line {
    /// Shows what the step says.
    pub(crate) fn progress(&self, text: &str) {
        let text = without_clock(text);
        match &self.bar {
            Some(bar) => bar.set_message(text.to_owned()),
            None => Display::say(&format!("{}   {text}", clock())),
        }
    }

    /// Ends the line with how the step ended.
    pub(crate) fn end(self, outcome: Outcome) {
        let sign = if outcome == Outcome::Done { "✓" } else { "✗" };
        let time = seconds(self.begun.elapsed());
        let text = format!("{sign} {:32} {time:>7}  {outcome}", self.title);
        match self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                Display::say(&text);
            }
            None => Display::say(&format!("{} {text}", clock())),
        }
    }
}

/// What a step says, without the time of day in front: the line has its own.
fn without_clock(text: &str) -> &str {
    match text.split_once(' ') {
        Some((clock, rest)) if clock.len() == 8 && clock.matches(':').count() == 2 => rest,
        _ => text,
    }
}

/// The time of day, for plain lines.
fn clock() -> String {
    jiff::Timestamp::now().strftime("%H:%M:%S").to_string()
}

/// A duration as a person reads it.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        format!("{}m{:02}s", whole / 60, whole % 60)
    }
}
