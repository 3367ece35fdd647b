//! GitHub's list of releases on loopback, with what it was asked.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Two releases make a page, so that few of them make several.
const PAGE: usize = 2;

/// An answer that is no list: the code, a line of its head, and the message.
pub(crate) type Refusal = (u16, &'static str, &'static str);

/// A GitHub that answers on loopback until the test ends.
pub(crate) struct GitHub {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl GitHub {
    /// One with these `releases`, which answers with `refusals` first, once each.
    pub(crate) fn with(releases: Vec<Value>, refusals: &[Refusal]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (here, asking) = (address.clone(), Arc::clone(&asked));
        let mut refusals = refusals.to_vec();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let refusal = (!refusals.is_empty()).then(|| refusals.remove(0));
                asking.lock().unwrap().push(answer(stream, &releases, &here, refusal));
            }
        });
        Self { address, asked }
    }

    /// What was asked: the path, and the token after it if there was one.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A release as GitHub lists it, published so many hours ago.
pub(crate) fn release(tag: &str, hours: i64) -> Value {
    let published = Timestamp::now() - SignedDuration::from_hours(hours);
    json!({
        "tag_name": tag, "draft": false, "prerelease": tag.contains('-'),
        "published_at": format!("{published:.0}"), "name": tag, "assets": [],
    })
}

fn answer(stream: TcpStream, releases: &[Value], here: &str, refusal: Option<Refusal>) -> String {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut asked = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let page = asked.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="));
    let page: usize = page.map_or(1, |page| page.parse().unwrap());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        if let Some(token) = header.to_lowercase().strip_prefix("authorization: ") {
            asked = format!("{asked} {token}");
        }
    }
    let (code, more, text) = match refusal {
        Some((code, head, message)) => {
            (code, format!("{head}\r\n"), json!({ "message": message }).to_string())
        }
        None => {
            let from = (page - 1) * PAGE;
            let items: Vec<&Value> = releases.iter().skip(from).take(PAGE).collect();
            let route = asked.split('?').next().unwrap_or_default();
            let link = match releases.len() > from + PAGE {
                true => format!("link: <{here}{route}?page={}>; rel=\"next\"\r\n", page + 1),
                false => String::new(),
            };
            (200, link, json!(items).to_string())
        }
    };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{more}connection: close\r\n\r\n"
    );
    let _ = reader.get_mut().write_all(format!("{head}{text}").as_bytes());
    asked
}
