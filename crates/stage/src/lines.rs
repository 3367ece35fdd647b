//! What a program writes: line by line, or as a whole, in bounded memory.

use std::{borrow::Cow, mem};

use redaction::LineRedactor;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    sync::mpsc::Sender,
};

/// Longest line that is kept whole, in bytes: a program that writes no line breaks must not fill
/// the memory.
const LONGEST_LINE: usize = 64 * 1024;

/// Bytes that are read at once.
const PART: usize = 64 * 1024;

/// Sends every line of `from`, redacted and without its end, to `to`. Lines that came together are
/// handed over together, so that a program which floods its log is read nearly as fast as it writes.
pub(crate) async fn read_lines(
    from: impl AsyncRead + Unpin,
    to: Sender<Vec<String>>,
    mut redactor: LineRedactor,
) {
    let mut reader = BufReader::with_capacity(PART, from);
    let (mut line, mut lines) = (Vec::new(), Vec::new());
    loop {
        let room = (LONGEST_LINE - line.len()) as u64;
        let read = (&mut reader).take(room).read_until(b'\n', &mut line).await;
        let is_line = read.is_ok() && !line.is_empty();
        if is_line {
            let rest = line.split_off(redaction::end_of_line(&line, LONGEST_LINE));
            let text = String::from_utf8_lossy(&line);
            let kept = redactor.line(text.trim_end_matches(['\n', '\r']));
            lines.extend(kept.map(Cow::into_owned));
            line = rest;
        }
        let is_more = is_line && reader.buffer().contains(&b'\n');
        if !is_more && !lines.is_empty() && to.send(mem::take(&mut lines)).await.is_err() {
            return;
        }
        if !is_line {
            return;
        }
    }
}

/// Most that is kept of a program's stdout, in bytes: the largest real answer is a rendered chart
/// of some 100 kB.
const LARGEST_OUTPUT: u64 = 64 << 20;

/// All of `from`, up to the most that is kept.
pub(crate) async fn read_all(from: impl AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let mut limited = from.take(LARGEST_OUTPUT);
    let _ = limited.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
