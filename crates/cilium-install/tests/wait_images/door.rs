//! A door before the registry, which does not let everybody in.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// What is done with a request.
pub(crate) enum Act {
    /// The registry answers it.
    Pass,
    /// This is the answer.
    Say(String),
    /// There is none.
    Cut,
}

/// An answer of `status` with `header`, without a body.
pub(crate) fn say(status: &str, header: &str) -> Act {
    Act::Say(format!(
        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n{header}\r\n\r\n"
    ))
}

/// An answer with this body.
pub(crate) fn body(text: &str) -> Act {
    let length = text.len();
    Act::Say(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    ))
}

/// Opens a door before the registry at `to`; `act` is given the number of the request, from 0, and its
/// head. Returns its port. It ends with the process of the test.
pub(crate) fn open(to: u16, act: impl Fn(usize, &str) -> Act + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (act, count) = (&act, &AtomicUsize::new(0));
        thread::scope(|scope| {
            for stream in listener.incoming() {
                scope.spawn(move || answer(stream.unwrap(), to, act, count));
            }
        });
    });
    port
}

fn answer(mut stream: TcpStream, to: u16, act: &dyn Fn(usize, &str) -> Act, count: &AtomicUsize) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let lines: Vec<String> =
        lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return;
    }
    match act(count.fetch_add(1, Ordering::SeqCst), &lines.join("\n")) {
        Act::Pass => {
            let mut registry = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let head = lines.join("\r\n");
            write!(registry, "{head}\r\nConnection: close\r\n\r\n").unwrap();
            // Who asked may be gone.
            let _ = std::io::copy(&mut registry, &mut stream);
        }
        Act::Say(answer) => {
            let _ = stream.write_all(answer.as_bytes());
        }
        Act::Cut => {}
    }
    let _ = stream.shutdown(Shutdown::Both);
}
