//! An API server that answers every list with what is planted.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use crate::{place::Place, secret::SECRETS};

/// Listens until the test ends.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(stream.unwrap()));
        }
    });
    address
}

/// Answers each request of a connection.
fn answer(stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
        let mut header = String::from("...");
        while !header.trim().is_empty() {
            header.clear();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
        }
        let body = body(request.split(' ').nth(1).unwrap_or_default()).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

/// What is at `path`.
pub(crate) fn body(path: &str) -> Value {
    if path.starts_with("/version") {
        return json!({
            "major": "1", "minor": "35", "gitVersion": "v1.35.4", "gitCommit": "", "platform": "",
            "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "",
        });
    }
    let items: Vec<Value> = match path {
        _ if path.starts_with("/apis/apiextensions") => Vec::new(),
        _ => SECRETS.iter().map(|secret| {
            let text = |place: Place| {
                let planted = place.planted(secret).text;
                format!("{} {planted}", place.beside(secret))
            };
            json!({
                "kind": "Pod",
                "metadata": {
                    "name": Place::PodName.planted(secret).text,
                    "namespace": Place::Namespace.planted(secret).text,
                    "labels": { "beside": Place::PodName.beside(secret) },
                    "annotations": { "note": format!("{}\n{}", Place::Annotation.beside(secret), Place::Annotation.planted(secret).text) },
                },
                "message": format!("{}\n{}", Place::Event.beside(secret), Place::Event.planted(secret).text),
                "spec": { "containers": [{ "args": ["--v=2", text(Place::Argument)] }] },
                "status": { "phase": "Running" },
            })
        }).collect(),
    };
    json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": items })
}
