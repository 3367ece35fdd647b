//! A real registry on this machine, with images in memory.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use stage::{Cancel, Toolbox};

/// An image alone.
pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";

/// A list of images, one a platform.
pub(crate) const LIST: &str = "application/vnd.oci.image.index.v1+json";

/// A running registry, ended when it is dropped.
pub(crate) struct Registry {
    child: Child,
    /// Its port on this machine.
    pub(crate) port: u16,
}

/// The program called `name`, built if it is not there.
pub(crate) fn program(name: &str) -> PathBuf {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(Toolbox::from_env(&Cancel::default()).find(name)).unwrap()
}

impl Registry {
    /// Starts one without any image.
    #[expect(clippy::disallowed_methods, reason = "a test has no run directory to log to")]
    pub(crate) fn start() -> Self {
        static CRANE: OnceLock<PathBuf> = OnceLock::new();
        let child = Command::new(CRANE.get_or_init(|| program("crane")))
            .args(["registry", "serve", "--address", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        // From here on it is ended however this ends.
        let mut registry = Self { child: child.unwrap(), port: 0 };
        let mut said = BufReader::new(registry.child.stderr.take().unwrap());
        while registry.port == 0 {
            let mut line = String::new();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "the registry ended");
            let port = line.rsplit_once("serving on port ");
            registry.port = port.and_then(|(_, port)| port.trim().parse().ok()).unwrap_or(0);
        }
        // It writes a line for each request, and would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        registry
    }

    /// Pushes an image alone. Returns its digest.
    pub(crate) fn push(&self, repository: &str, tag: &str) -> String {
        self.put(repository, tag, IMAGE, &manifest(repository, tag))
    }

    /// Pushes a list of one image for each of `platforms`. Returns its digest.
    pub(crate) fn push_list(&self, repository: &str, tag: &str, platforms: &[&str]) -> String {
        let images = platforms.iter().map(|platform| {
            let (os, architecture) = platform.split_once('/').unwrap();
            let text = manifest(repository, platform);
            let digest = self.put(repository, architecture, IMAGE, &text);
            serde_json::json!({
                "mediaType": IMAGE, "size": text.len(), "digest": digest,
                "platform": { "os": os, "architecture": architecture },
            })
        });
        let images: Vec<_> = images.collect();
        let list =
            serde_json::json!({ "schemaVersion": 2, "mediaType": LIST, "manifests": images });
        self.put(repository, tag, LIST, &list.to_string())
    }

    fn put(&self, repository: &str, tag: &str, media_type: &str, text: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "PUT /v2/{repository}/manifests/{tag} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let mut digests = answer.lines().filter_map(|line| line.split_once("Digest: "));
        digests.next().unwrap().1.to_owned()
    }
}

/// Another one for each name: nobody looks at what it is made of.
fn manifest(repository: &str, name: &str) -> String {
    let note = format!("{repository} {name}");
    serde_json::json!({ "schemaVersion": 2, "mediaType": IMAGE, "layers": [], "annotations": { "note": note } })
        .to_string()
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
