//! Programs are run for real: deadlines, cancellation, logs, groups and marks.

use std::{fs, time::Duration};

use run_record::RunDir;
use stage::{Cancel, Ended, Tool, ToolError, end_all, marked};

/// Far longer than any test waits.
const LONG: &str = "sleep 600";

fn shell<'l>(script: &str) -> Tool<'l> {
    Tool::new("sh", "/bin/sh").args(["-c", script])
}

#[tokio::test]
async fn a_failure_carries_what_the_program_said_last_without_its_secrets() {
    let error = shell("echo start; echo 'token: abc123' >&2; exit 3").run().await.unwrap_err();

    let text = error.to_string();
    assert!(text.contains("exit status: 3") && text.contains("token: ***"), "{text}");
    assert!(text.contains("it said: "), "{text}");
}

#[tokio::test]
async fn a_log_is_redacted_and_lines_are_shown_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("logs/sh.log");
    let mut seen = Vec::new();

    shell("echo one; echo 'Authorization: Bearer abcdefgh12345678'")
        .log(&log)
        .on_line(|line| seen.push(line.to_owned()))
        .run()
        .await
        .unwrap();

    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text, "one\nAuthorization: Bearer ***\n");
    assert_eq!(seen.join("\n") + "\n", text);
}

#[tokio::test]
async fn a_deadline_ends_the_program_and_its_children() {
    let run = format!("test-deadline-{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();
    let run_dir = RunDir::new(folder.path());

    let finished = shell(&format!("trap '' INT; ({LONG}) & wait; {LONG}"))
        .of_run(&run_dir, &run)
        .deadline(Duration::from_millis(200))
        .grace(Duration::from_millis(200))
        .finish()
        .await
        .unwrap();

    assert_eq!(finished.ended, Ended::TimedOut);
    assert_eq!(end_all(&marked(&run), Duration::ZERO).await, []);
    assert_eq!(fs::read_dir(run_dir.processes()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_cancel_lets_the_program_end_by_itself_first() {
    // As every stage does: what this process listens to is not ignored by the programs it starts, even
    // if its own caller ignores it, as a shell does for what it starts in the background.
    let cancel = Cancel::on_signals().unwrap();
    let ask = cancel.clone();
    let mut seen = Vec::new();

    let result = shell("trap 'echo kept; exit 0' INT; echo ready; while :; do sleep 0.1; done")
        .cancel(&cancel)
        .on_line(|line| {
            seen.push(line.to_owned());
            if line == "ready" {
                ask.ask();
            }
        })
        .run()
        .await;

    assert!(matches!(result, Err(ToolError::Cancelled { .. })), "{result:?}");
    assert_eq!(seen, ["ready", "kept"]);
}

#[tokio::test]
async fn a_program_that_leaves_a_child_behind_does_not_hold_us() {
    let run = format!("test-child-{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();

    let finished = shell(&format!("({LONG}) & echo done"))
        .of_run(&RunDir::new(folder.path()), &run)
        .run()
        .await
        .unwrap();

    assert_eq!(finished.tail, ["done"]);
}

#[tokio::test]
async fn what_outlives_us_is_found_by_its_mark_and_ended() {
    let run = format!("test-daemon-{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();
    let run_dir = RunDir::new(folder.path());

    let script = format!("trap '' TERM; {LONG}; {LONG}");
    let process = shell(&script).of_run(&run_dir, &run).spawn().unwrap();

    assert!(process.is_alive());
    assert!(marked(&run).contains(&process));
    assert_eq!(end_all(&marked(&run), Duration::from_millis(100)).await, []);
    assert!(!process.is_alive());
}

#[tokio::test]
async fn nothing_of_the_callers_environment_reaches_a_program_unasked() {
    let finished = shell("env").keep_stdout().run().await.unwrap();

    let names: Vec<&str> =
        finished.stdout.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"PATH"), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("CARGO")), "{names:?}");
}

#[tokio::test]
async fn a_program_that_floods_its_log_leaves_its_beginning_and_its_end() {
    /// Bytes after which only the end is kept.
    const LARGEST: u64 = 64 << 10;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("sh.log");
    let mut seen = 0;

    let finished = shell("echo first; yes 'the same line again and again' | head -n 1000000; echo 'token: abc123'; echo last")
        .log(&log)
        .largest_log(LARGEST)
        .on_line(|_| seen += 1)
        .finish()
        .await
        .unwrap();

    let text = fs::read_to_string(&log).unwrap();
    assert!(text.starts_with("first\nthe same"), "{}", &text[..100]);
    assert!(text.ends_with("again\ntoken: ***\nlast\n"), "{}", &text[text.len() - 100..]);
    assert!(text.contains("this log is larger than 0 MiB"));
    let left_out = finished.left_out_bytes;
    assert!(text.contains(&format!("({} MiB) are left out here", left_out >> 20)), "{left_out}");
    // What was said is what is there and what was left out.
    assert!(left_out > 25 << 20 && text.len() < 2 << 20, "{left_out} {}", text.len());
    assert_eq!(finished.tail.last().unwrap(), "last");
    assert!(seen > 1000, "{seen}");
}

#[tokio::test]
async fn whoever_watches_a_program_can_have_it_stopped() {
    let stop = Cancel::default();
    let ask = stop.clone();

    let finished = shell(&format!("echo ready; {LONG}"))
        .stop(&stop)
        .on_line(|_| ask.ask())
        .finish()
        .await
        .unwrap();

    assert_eq!(finished.ended, Ended::Stopped);
}
