//! Sends inputs through the door of a parser.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
};

use rand::{SeedableRng, rngs::StdRng};

use crate::mutate::mutate;

/// Inputs that are made from the seeds: what finds a door that no longer opens, not what finds
/// rare faults. A million inputs are the fuzzer's work.
const INPUTS: usize = 2000;

/// Sends every seed of the fuzz target `name` through `door`, and then inputs made from them: the
/// same ones every time.
///
/// # Panics
/// `door` does, or the target has no seeds. The input is left in the folder for temporary files.
pub fn replay(name: &str, door: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let seeds = seeds(&folder);
    assert!(!seeds.is_empty(), "`{}` holds no seeds", folder.display());
    for seed in &seeds {
        send(name, &door, seed);
    }
    let mut random = StdRng::seed_from_u64(0);
    for _ in 0..INPUTS {
        send(name, &door, &mutate(&seeds, &mut random));
    }
}

fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    // Folders are listed in no order.
    paths.sort();
    paths.iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn send(name: &str, door: &impl Fn(&[u8]), input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| door(input))) {
        let path = std::env::temp_dir().join(format!("{name}.input"));
        let kept = fs::write(&path, input).is_ok();
        assert!(!kept, "`{name}` fails on the input in `{}`, see above", path.display());
        resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_seed_comes_first_and_the_rest_is_the_same_every_time() {
        let inputs = || {
            let seen = RefCell::new(Vec::new());
            replay("override", |input| seen.borrow_mut().push(input.to_vec()));
            seen.into_inner()
        };

        let (one, other) = (inputs(), inputs());

        assert_eq!(one, other);
        assert!(one.len() > INPUTS);
        let seeds = &one[..one.len() - INPUTS];
        assert!(one[seeds.len()..].iter().any(|input| !seeds.contains(input)));
    }

    #[test]
    #[should_panic(expected = "holds no seeds")]
    fn a_target_without_seeds_is_a_fault() {
        replay("nonsense", |_| ());
    }
}
