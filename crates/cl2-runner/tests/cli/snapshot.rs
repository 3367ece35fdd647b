//! `cl2-runner snapshot`: Prometheus' database is kept whole, or it is said what is not.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use run_record::{Class, Outcome};
use serde_json::json;
use tempfile::TempDir;

use crate::made_run::MadeRun;

/// Names of the two blocks in every snapshot.
const BLOCKS: [&str; 2] = ["01A", "01B"];

/// The newest sample of the blocks.
const NEWEST: i64 = 1_795_799_382_649;

/// A run whose Prometheus gives snapshots of two real blocks; of the first `cut_off` ones the chunks of
/// the second block are cut off.
fn run(cut_off: u32) -> (MadeRun, TempDir) {
    let database = TempDir::new().unwrap();
    let folder = database.path().to_path_buf();
    let taken = AtomicU32::new(0);
    let run = MadeRun::with(TempDir::new().unwrap(), json!({}), move |question| {
        let data = if question.contains("status/tsdb") {
            json!({ "headStats": { "numSeries": 25, "maxTime": NEWEST } })
        } else if question.contains("status/flags") {
            json!({ "storage.tsdb.path": folder })
        } else if question.starts_with("POST ") && question.contains("admin/tsdb/snapshot") {
            let number = taken.fetch_add(1, Ordering::SeqCst);
            snapshot(&folder.join("snapshots").join(number.to_string()), number < cut_off);
            json!({ "name": number.to_string() })
        } else {
            return (404, "{}".into());
        };
        (200, json!({ "status": "success", "data": data }).to_string())
    });
    (run, database)
}

fn snapshot(folder: &Path, is_cut_off: bool) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tsdb/01M8EZQYN0PJWCFS7TR79875E1");
    for name in BLOCKS {
        fs::create_dir_all(folder.join(name).join("chunks")).unwrap();
        for file in ["meta.json", "index", "chunks/000001"] {
            fs::copy(from.join(file), folder.join(name).join(file)).unwrap();
        }
    }
    if is_cut_off {
        let chunks = folder.join(BLOCKS[1]).join("chunks/000001");
        let whole = fs::read(&chunks).unwrap();
        fs::write(chunks, &whole[..whole.len() / 2]).unwrap();
    }
}

fn kept(run: &MadeRun) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(run.run_dir.prometheus())
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into())
        .collect();
    names.sort();
    names
}

#[test]
fn a_whole_snapshot_is_kept_and_prometheus_own_copy_removed() {
    let (run, database) = run(0);

    let record = run.snapshot();

    assert_eq!(record.outcome, Outcome::Done, "{:?}", record.errors);
    assert_eq!(record.facts["contents"]["blocks"], 2);
    assert_eq!(kept(&run), BLOCKS.map(PathBuf::from));
    assert_eq!(fs::read_dir(database.path().join("snapshots")).unwrap().count(), 0);
}

#[test]
fn a_snapshot_that_is_cut_off_is_taken_again() {
    let (run, database) = run(1);

    let record = run.snapshot();

    assert_eq!(record.outcome, Outcome::Done, "{:?}", record.errors);
    assert_eq!(kept(&run), BLOCKS.map(PathBuf::from));
    assert_eq!(fs::read_dir(database.path().join("snapshots")).unwrap().count(), 0);
}

#[test]
fn a_snapshot_that_is_never_whole_is_named_and_its_whole_blocks_are_kept() {
    let (run, _database) = run(9);

    let record = run.snapshot();

    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::Snapshot)));
    assert_eq!(record.errors[0], "failed to keep Prometheus' database");
    assert_eq!(record.errors[1], "the snapshot is not whole (its 1 whole blocks are kept)");
    assert!(
        record.errors[2].starts_with("`01B/chunks/000001` is damaged: "),
        "{:?}",
        record.errors
    );
    assert_eq!(kept(&run), [PathBuf::from(BLOCKS[0])]);
    let left = fs::read_dir(run.run_dir.root()).unwrap();
    assert!(left.flatten().all(|one| !one.file_name().to_string_lossy().starts_with(".partial")));
}
