//! What a program writes: line by line, or as a whole, in bounded memory.

use std::mem;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    sync::mpsc::Sender,
};

/// Longest line that is kept whole, in bytes: a program that writes no line breaks must not fill
/// the memory.
const LONGEST_LINE: u64 = 64 * 1024;

/// Bytes that are read at once.
const PART: usize = 64 * 1024;

/// Sends every line of `from`, without its end, to `to`. Lines that came together are handed over
/// together, so that a program which floods its log is read nearly as fast as it writes.
pub(crate) async fn read_lines(from: impl AsyncRead + Unpin, to: Sender<Vec<String>>) {
    let mut reader = BufReader::with_capacity(PART, from);
    let (mut line, mut lines) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let read = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await;
        let is_line = read.is_ok_and(|read| read > 0);
        if is_line {
            lines.push(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
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
