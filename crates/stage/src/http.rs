//! Clients that speak HTTP: one TLS library for all of them.

use std::sync::Once;

/// Makes `ring` the cryptography of every TLS client in this process.
///
/// Without it a client cannot be built at all: the clients of Google's libraries bring none along,
/// since the one they would choose needs cmake to build.
pub fn use_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that one is installed already, which is what was wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A builder of a client that speaks HTTP.
pub fn http_client() -> reqwest::ClientBuilder {
    use_ring();
    #[expect(clippy::disallowed_methods, reason = "this is the one place where clients begin")]
    reqwest::Client::builder()
}
