//! The binary.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::store::Store;

#[expect(clippy::disallowed_methods, reason = "a test starts the binary that it tests")]
fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fault-proxy"));
    command.args(args);
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

#[tokio::test]
async fn it_says_where_it_listens_and_writes_what_was_asked() {
    let store = Store::start().await;
    store.keep("/a", "content");
    let folder = tempfile::tempdir().unwrap();
    let (plan, log) = (folder.path().join("plan.json"), folder.path().join("log"));
    fs::write(&plan, r#"{"rules": [{"fault": {"answer": {"status": 418}}}]}"#).unwrap();
    let files = ["--plan", plan.to_str().unwrap(), "--log", log.to_str().unwrap()];
    let args = [&["--upstream", &store.url][..], &files].concat();
    let mut proxy = command(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut url).unwrap();

    let address = url.trim().strip_prefix("http://").unwrap().to_owned();
    let answer = raw_get(&address).await;
    proxy.kill().unwrap();
    proxy.wait().unwrap();

    assert!(answer.starts_with("HTTP/1.1 418"), "{answer}");
    let line: Value = serde_json::from_str(fs::read_to_string(&log).unwrap().trim()).unwrap();
    assert_eq!((&line["path"], &line["status"]), (&"/a".into(), &418.into()));
    assert_eq!(line["fault"], "answer 418");
}

async fn raw_get(address: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[test]
fn its_help_names_every_fault() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();

    for word in ["cut-request", "cut-answer", "lose-answer", "hang", "hold", "throttle", "delay"] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn a_random_plan_can_be_looked_at() {
    let printed = run(&["--upstream", "http://x", "--random", "7", "--print-plan"]);

    let plan: fault_proxy::Plan = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(plan, fault_proxy::Plan::random(7));
}

#[test]
fn a_plan_that_is_none_is_said_with_its_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.json");
    fs::write(&plan, "{\"rulez\": []}").unwrap();

    let said = run(&["--upstream", "http://127.0.0.1:1", "--plan", plan.to_str().unwrap()]);

    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(text.contains("plan.json") && text.contains("line 1 column"), "{text}");
}
