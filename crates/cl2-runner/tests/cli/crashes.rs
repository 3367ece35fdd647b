//! `cl2-runner run`: ClusterLoader2 itself comes to a bad end.

use run_record::{Class, Outcome};
use serde_json::json;

use crate::{
    made_run::MadeRun,
    stand_in::{MEASURED, cl2},
};

#[test]
fn a_program_that_is_killed_is_told_from_one_that_gave_up() {
    let run = MadeRun::new(json!({}));
    let script = "log 'Step \"[step: 02] Create deployments\" started'\nkill -KILL $$\n";

    let record = run.runs(&cl2(&format!("{MEASURED}{script}")));

    assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::Crash)));
    let said = "ClusterLoader2 was killed by SIGKILL while test `load` ran, in step 2 `Create deployments` (hint: ";
    assert!(record.errors[0].starts_with(said), "{:?}", record.errors);
    assert_eq!(run.run_dir.measurements(&run.test).unwrap().measurements.len(), 1);
}

#[test]
fn a_crash_in_gos_words_is_a_crash() {
    for (words, reason) in [
        ("panic: runtime error: index out of range [3] with length 3", "panic: runtime error"),
        ("fatal error: concurrent map writes", "fatal error: concurrent map writes"),
        ("SIGSEGV: segmentation violation", "SIGSEGV: segmentation violation"),
    ] {
        let run = MadeRun::new(json!({}));

        let record =
            run.runs(&cl2(&format!("echo '{words}' >&2\necho 'goroutine 1:' >&2\nexit 2\n")));

        assert_eq!((record.outcome, record.class), (Outcome::Failed, Some(Class::Crash)));
        let said = "ClusterLoader2 crashed while test `load` ran, before its first step: ";
        assert!(record.errors[0].starts_with(&format!("{said}{reason}")), "{:?}", record.errors);
    }
}
