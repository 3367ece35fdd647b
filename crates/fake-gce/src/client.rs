//! Clients that are in a cloud: its proxy, its authority.

use std::sync::Once;

/// A client that goes through the proxy at `proxy`, and knows the authority of `pem` alone.
pub(crate) fn client(proxy: &str, pem: &[u8]) -> Result<reqwest::Client, reqwest::Error> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that one is installed already, which is what was wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let certificate = reqwest::Certificate::from_pem(pem)?;
    #[expect(clippy::disallowed_methods, reason = "a test kit links nothing of the pipeline")]
    reqwest::Client::builder()
        .proxy(reqwest::Proxy::https(proxy)?)
        .tls_certs_only([certificate])
        .build()
}
