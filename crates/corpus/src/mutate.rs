//! Makes a new input from seeds, as a fuzzer does.

use rand::{RngExt, rngs::StdRng};

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 20] = [
    b"",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\x1b[31m",
    b"::",
    b"--- ",
    b"&a ",
    b"*a",
    b"!!x ",
    b"[",
    b"{",
    b"\"",
    b": ",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b".nan",
];

/// A seed with one to four changes.
pub(crate) fn mutate(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let seed = |random: &mut StdRng| &seeds[random.random_range(0..seeds.len())];
    let mut input = seed(random).clone();
    for _ in 0..random.random_range(1..=4) {
        let (from, to) = (place(&input, random), place(&input, random));
        let (from, to) = (from.min(to), from.max(to));
        match random.random_range(0..6) {
            // What a killed writer leaves.
            0 => input.truncate(to),
            1 => drop(input.drain(from..to)),
            2 => {
                if let Some(byte) = input.get_mut(from) {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
            3 => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                drop(input.splice(from..from, piece.iter().copied()));
            }
            4 => {
                let copy = input[from..to].to_vec();
                drop(input.splice(to..to, copy));
            }
            _ => {
                let other = seed(random);
                let (start, end) = (place(other, random), place(other, random));
                let part = other[start.min(end)..start.max(end)].to_vec();
                drop(input.splice(from..to, part));
            }
        }
    }
    input
}

fn place(input: &[u8], random: &mut StdRng) -> usize {
    random.random_range(0..=input.len())
}
