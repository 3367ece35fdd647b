//! What a program says, without secrets: into its log, shown line by line, its end remembered.

use std::{
    collections::VecDeque,
    fs::File,
    io::{BufWriter, Write},
};

/// Lines of a log that an error carries: what a person would scroll to.
const TAIL: usize = 10;

/// Most of a log that is written down from its beginning, in bytes: the longest real one, of a load
/// on 100 nodes, has some 30 MB. What a program says beyond it must not fill the disk.
pub(crate) const LARGEST_LOG: u64 = 128 << 20;

/// How much of the end of a larger log is kept, in bytes: the last minutes of a test.
const LAST: usize = 1 << 20;

/// Bytes of a MiB, for people.
const MIB: u64 = 1 << 20;

/// Is shown every line.
pub(crate) type OnLine<'l> = Box<dyn FnMut(&str) + Send + 'l>;

/// What a program says, while it says it.
pub(crate) struct Said<'l> {
    log: Option<BufWriter<File>>,
    on_line: Option<OnLine<'l>>,
    tail: VecDeque<String>,
    largest: u64,
    said: u64,
    flood: Option<Flood>,
}

/// What is said beyond the largest log: only its end is held, as it came.
#[derive(Default)]
struct Flood {
    lines: u64,
    bytes: u64,
    end: VecDeque<String>,
    held: usize,
}

impl<'l> Said<'l> {
    /// Writes into `log`, which grows to `largest` bytes and its end.
    pub(crate) fn new(
        log: Option<BufWriter<File>>,
        on_line: Option<OnLine<'l>>,
        largest: u64,
    ) -> Self {
        Self { log, on_line, tail: VecDeque::new(), largest, said: 0, flood: None }
    }

    /// Takes one line. Beyond the largest log nothing is done with it but to hold the last ones: a
    /// program that floods its log is read as fast as it writes.
    pub(crate) fn line(&mut self, line: String) {
        if let Some(flood) = &mut self.flood {
            return flood.hold(line);
        }
        self.said += line.len() as u64 + 1;
        self.keep(line);
        if self.said > self.largest {
            let mib = self.largest / MIB;
            self.note(&format!(
                "-- this log is larger than {mib} MiB: what follows is left out, but for its end --"
            ));
            self.flood = Some(Flood::default());
        }
    }

    /// Takes the end; returns the last lines and the bytes that were left out.
    pub(crate) fn end(mut self) -> (Vec<String>, u64) {
        let mut left_out = 0;
        if let Some(flood) = self.flood.take() {
            left_out = flood.bytes;
            if flood.lines > 0 {
                let (lines, mib) = (flood.lines, flood.bytes / MIB);
                self.note(&format!("-- {lines} lines ({mib} MiB) are left out here --"));
            }
            for line in flood.end {
                self.keep(line);
            }
        }
        (self.tail.into(), left_out)
    }

    fn keep(&mut self, line: String) {
        if let Some(log) = &mut self.log {
            // A full disk must not stop the program whose results are being kept.
            let _ = writeln!(log, "{line}").and_then(|()| log.flush());
        }
        if let Some(on_line) = &mut self.on_line {
            on_line(&line);
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// Says something of our own in the log.
    fn note(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            let _ = writeln!(log, "{text}").and_then(|()| log.flush());
        }
    }
}

impl Flood {
    fn hold(&mut self, line: String) {
        self.held += line.len();
        self.end.push_back(line);
        while self.held > LAST {
            let Some(first) = self.end.pop_front() else { return };
            self.held -= first.len();
            self.lines += 1;
            self.bytes += first.len() as u64 + 1;
        }
    }
}
