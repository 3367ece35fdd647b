//! GitHub as far as `verdict report` asks it, on loopback: statuses and comments, with what was asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// One request: method and path, and the body.
pub(crate) type Asked = (String, Value);

/// A GitHub that answers on loopback until the test ends.
pub(crate) struct GitHub {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    comments: Vec<Value>,
    asked: Vec<Asked>,
    /// Answers with this code, once each, before anything else.
    refusals: Vec<u16>,
}

impl GitHub {
    /// One whose pull request has `comments` already.
    pub(crate) fn with(comments: Vec<Value>, refusals: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = State { comments, refusals: refusals.to_vec(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let (shared, here) = (Arc::clone(&state), address.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared, &here);
            }
        });
        Self { address, state }
    }

    /// What was asked for, without what only read.
    pub(crate) fn written(&self) -> Vec<Asked> {
        let state = self.state.lock().unwrap();
        state.asked.iter().filter(|(what, _)| !what.starts_with("GET")).cloned().collect()
    }

    pub(crate) fn comments(&self) -> Vec<Value> {
        self.state.lock().unwrap().comments.clone()
    }
}

/// A comment as GitHub lists it.
pub(crate) fn comment(id: u64, user: &str, body: &str) -> Value {
    json!({"id": id, "user": {"type": user}, "body": body})
}

fn answer(stream: TcpStream, state: &Mutex<State>, here: &str) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
    let (mut length, mut signed) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        signed |= header == "authorization: bearer token-of-the-job";
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut state = state.lock().unwrap();
    let (code, found, link) = if !signed {
        (401, json!({"message": "Bad credentials"}), None)
    } else if let Some(code) = state.refusals.pop() {
        (code, json!({"message": "no"}), None)
    } else {
        act(&mut state, method, path, &body, here)
    };
    state.asked.push((format!("{method} {path}"), body));
    let text = found.to_string();
    let link = link.map(|url| format!("link: <{url}>; rel=\"next\"\r\n")).unwrap_or_default();
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{link}connection: close\r\n\r\n"
    );
    let _ = reader.get_mut().write_all(format!("{head}{text}").as_bytes());
}

/// Two comments make a page, so that few of them make several.
const PAGE: usize = 2;

fn act(
    state: &mut State,
    method: &str,
    path: &str,
    body: &Value,
    here: &str,
) -> (u16, Value, Option<String>) {
    let (route, query) = path.split_once('?').unwrap_or((path, ""));
    let number = query.split('&').find_map(|pair| pair.strip_prefix("page="));
    let page: usize = number.map_or(1, |number| number.parse().unwrap());
    match (method, route) {
        ("POST", "/repos/o/n/issues/7/comments") => {
            let id = state.comments.len() as u64 + 1;
            let text = body["body"].as_str().unwrap();
            state.comments.push(comment(id, "Bot", text));
            (201, json!({"id": id}), None)
        }
        ("GET", "/repos/o/n/issues/7/comments") => {
            let from = (page - 1) * PAGE;
            let items: Vec<Value> = state.comments.iter().skip(from).take(PAGE).cloned().collect();
            let more = state.comments.len() > from + PAGE;
            (200, json!(items), more.then(|| format!("{here}{route}?page={}", page + 1)))
        }
        ("PATCH", route) if route.starts_with("/repos/o/n/issues/comments/") => {
            let id: u64 = route.rsplit('/').next().unwrap().parse().unwrap();
            let found = state.comments.iter_mut().find(|comment| comment["id"] == id).unwrap();
            found["body"] = body["body"].clone();
            (200, json!({"id": id}), None)
        }
        ("POST", route) if route.starts_with("/repos/o/n/statuses/") => (201, json!({}), None),
        _ => (404, json!({"message": "Not Found"}), None),
    }
}
