//! A stand-in for the cluster's API server: it answers as a test wants.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A stand-in for the cluster's API server, until it is dropped.
pub(crate) struct ApiServer {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl ApiServer {
    /// Answers `GET /path` and the like with a status and a text.
    pub(crate) fn new(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                // Who goes away in the middle gets no answer.
                let _ = serve(&stream, &answer);
            }
        });
        Self { address, ended }
    }

    /// Names this server as the cluster.
    pub(crate) fn kubeconfig(&self) -> String {
        let address = self.address;
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: made\n\
             clusters: [{{name: made, cluster: {{server: 'http://{address}'}}}}]\n\
             users: [{{name: made, user: {{}}}}]\n\
             contexts: [{{name: made, context: {{cluster: made, user: made}}}}]\n"
        )
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // It waits for somebody to come.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: &TcpStream, answer: &impl Fn(&str) -> (u16, String)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut first)?;
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    let question: Vec<&str> = first.split_whitespace().take(2).collect();
    let (status, text) = answer(&question.join(" "));
    write!(
        &*stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
}
