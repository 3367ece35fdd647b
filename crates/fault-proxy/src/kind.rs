//! What a request asks of an object store.

use std::fmt;

use http::{HeaderMap, Method, Uri, header::CONTENT_RANGE};
use serde::{Deserialize, Serialize};

/// What a request asks of an object store, as far as its address and headers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Write an object in one request.
    Upload,
    /// Begin a resumable upload.
    Begin,
    /// Send bytes of a resumable upload.
    Part,
    /// Ask how much of a resumable upload is there.
    Status,
    /// Give out the bytes of an object.
    Read,
    /// Tell about an object without giving it out.
    Look,
    /// List objects.
    List,
    /// Issue a token.
    Token,
    /// Anything else.
    Other,
}

/// Where tokens are issued.
pub(crate) const TOKEN: &str = "/token";

impl Kind {
    /// What this request asks.
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let asks = |pair: &str| query.split('&').any(|part| part == pair);
        let in_session = query.split('&').any(|part| part.starts_with("upload_id="));
        if path == TOKEN {
            return Self::Token;
        }
        if path.starts_with("/upload/") {
            let range = headers.get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
            return match (method.as_str(), in_session) {
                ("PUT", true) if range.is_some_and(|range| range.starts_with("bytes */")) => {
                    Self::Status
                }
                ("PUT" | "POST", true) => Self::Part,
                ("POST", false) if asks("uploadType=resumable") => Self::Begin,
                ("POST", false) => Self::Upload,
                _ => Self::Other,
            };
        }
        if !matches!(method.as_str(), "GET" | "HEAD") {
            return Self::Other;
        }
        if path.starts_with("/download/") {
            return Self::Read;
        }
        match path.strip_prefix("/storage/v1/b/").and_then(|rest| rest.split_once('/')) {
            Some((_, "o" | "o/")) => Self::List,
            Some((_, rest)) if rest.starts_with("o/") && asks("alt=media") => Self::Read,
            Some((_, rest)) if rest.starts_with("o/") => Self::Look,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(method: &str, uri: &str, range: Option<&str>) -> Kind {
        let mut headers = HeaderMap::new();
        if let Some(range) = range {
            headers.insert(CONTENT_RANGE, range.parse().unwrap());
        }
        Kind::of(&method.parse().unwrap(), &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn a_request_is_known_by_its_method_address_and_range() {
        let session = "/upload/storage/v1/b/b/o?uploadType=resumable&name=x&upload_id=1";

        for (method, uri, range, expected) in [
            ("POST", "/upload/storage/v1/b/b/o?uploadType=multipart", None, Kind::Upload),
            ("POST", "/upload/storage/v1/b/b/o?uploadType=resumable&name=x", None, Kind::Begin),
            ("PUT", session, Some("bytes 0-9/10"), Kind::Part),
            ("PUT", session, Some("bytes */*"), Kind::Status),
            ("DELETE", session, None, Kind::Other),
            ("GET", "/storage/v1/b/b/o?prefix=a%2F", None, Kind::List),
            ("GET", "/storage/v1/b/b/o/a%2Fo?alt=media", None, Kind::Read),
            ("GET", "/storage/v1/b/b/o/a%2Fo", None, Kind::Look),
            ("DELETE", "/storage/v1/b/b/o/a", None, Kind::Other),
            ("GET", "/storage/v1/b/b", None, Kind::Other),
            ("POST", "/token", None, Kind::Token),
        ] {
            assert_eq!(kind(method, uri, range), expected, "{method} {uri}");
        }
    }
}
