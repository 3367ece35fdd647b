//! Leads the API server to Prometheus: on simulated nodes nothing answers at a pod's address.

use std::{io, path::PathBuf};

use stage::Cancel;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpStream, UnixListener, UnixStream},
};

/// Where the tunnel begins and ends.
#[derive(Clone, Debug, clap::Args)]
pub struct TunnelArgs {
    /// Socket on which the API server asks.
    #[arg(long)]
    pub socket: PathBuf,
    /// Port of Prometheus on this machine.
    #[arg(long)]
    pub prometheus: u16,
}

/// Port on which a pod of Prometheus answers.
const PROMETHEUS: &str = "9090";

/// Longest request that is read, in bytes: the API server sends two short lines.
const LONGEST_REQUEST: u64 = 8 * 1024;

/// Serves until it is asked to stop.
pub(crate) async fn serve(args: &TunnelArgs, cancel: &Cancel) -> io::Result<()> {
    let listener = UnixListener::bind(&args.socket)?;
    while let Some(accepted) = cancel.guard(listener.accept()).await {
        let (stream, _) = accepted?;
        let port = args.prometheus;
        tokio::spawn(async move {
            if let Err(error) = lead(stream, port).await {
                // Either end may go away at any time, and says so itself.
                tracing::debug!("a connection ended: {error}");
            }
        });
    }
    Ok(())
}

/// Answers one `CONNECT` and then carries bytes both ways.
async fn lead(stream: UnixStream, prometheus: u16) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(target) = read_target(&mut stream).await? else {
        return refuse(&mut stream, "400 Bad Request", "only CONNECT is served").await;
    };
    if !is_prometheus(&target) {
        let why = format!("nothing answers at {target}: the nodes are simulated");
        return refuse(&mut stream, "502 Bad Gateway", &why).await;
    }
    match TcpStream::connect(("127.0.0.1", prometheus)).await {
        Ok(mut upstream) => {
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            copy_bidirectional(&mut stream, &mut upstream).await.map(|_| ())
        }
        Err(error) => {
            let why = format!("Prometheus does not answer: {error}");
            refuse(&mut stream, "502 Bad Gateway", &why).await
        }
    }
}

/// The address that is asked for, once the whole request was read.
async fn read_target(stream: &mut BufReader<UnixStream>) -> io::Result<Option<String>> {
    let mut limited = stream.take(LONGEST_REQUEST);
    let mut request = String::new();
    while limited.read_line(&mut request).await? > 0 {
        if request.ends_with("\r\n\r\n") {
            let mut words = request.split_whitespace();
            let is_connect = words.next() == Some("CONNECT");
            return Ok(words.next().filter(|_| is_connect).map(str::to_owned));
        }
    }
    Ok(None)
}

fn is_prometheus(target: &str) -> bool {
    target.rsplit_once(':').is_some_and(|(_, port)| port == PROMETHEUS)
}

async fn refuse(stream: &mut BufReader<UnixStream>, status: &str, why: &str) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{why}",
        why.len()
    );
    stream.write_all(answer.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn ask(request: &str, prometheus: u16) -> String {
        let (mut client, server) = UnixStream::pair().unwrap();
        let leading = tokio::spawn(lead(server, prometheus));
        client.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64];
        let length = client.read(&mut answer).await.unwrap();
        drop(client);
        leading.await.unwrap().unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    #[tokio::test]
    async fn the_port_of_prometheus_is_led_to_it_at_any_address() {
        let prometheus = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = prometheus.local_addr().unwrap().port();
        let accepting = tokio::spawn(async move { prometheus.accept().await.map(drop) });

        let answer = ask("CONNECT 10.128.0.7:9090 HTTP/1.1\r\nHost: x\r\n\r\n", port).await;

        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        accepting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn everything_else_is_refused() {
        let pod = ask("CONNECT 10.128.0.7:8080 HTTP/1.1\r\n\r\n", 1).await;
        let page = ask("GET / HTTP/1.1\r\n\r\n", 1).await;

        assert!(pod.starts_with("HTTP/1.1 502 "), "{pod}");
        assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    }
}
