//! What a program writes: line by line, or as a whole, in bounded memory.

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    sync::mpsc::Sender,
};

/// Longest line that is kept whole, in bytes: a program that writes no line breaks must not fill
/// the memory.
const LONGEST_LINE: u64 = 64 * 1024;

/// Sends every line of `from`, without its end, to `to`.
pub(crate) async fn read_lines(from: impl AsyncRead + Unpin, to: Sender<String>) {
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

/// All of `from`, up to the most that is kept.
pub(crate) async fn read_all(from: impl AsyncRead + Unpin) -> String {
    let mut bytes = Vec::new();
    let mut limited = from.take(LARGEST_OUTPUT);
    let _ = limited.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
