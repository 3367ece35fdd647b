//! Makes an answer state another checksum than the store's.

use bytes::Bytes;
use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use http::{HeaderValue, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt, Collected, Limited};
use serde_json::Value;

use crate::body::{Body, BoxError, whole};

/// Google's header of checksums, as `crc32c=...,md5=...`.
const GOOG_HASH: &str = "x-goog-hash";

/// Largest JSON that is read whole, in bytes: a listing of some ten thousand objects.
const LARGEST_JSON: usize = 64 << 20;

/// The body of an answer, read whole.
pub(crate) fn read(body: Body) -> BoxFuture<'static, Result<Bytes, BoxError>> {
    // Boxed, since the compiler cannot see by itself that what waits for it may move to a thread.
    let collecting = Limited::new(body, LARGEST_JSON).collect();
    collecting.map_ok(Collected::to_bytes).boxed()
}

/// The answer with every CRC32C that it states turned into another one.
pub(crate) async fn falsify(response: Response<Body>) -> Result<Response<Body>, BoxError> {
    let (mut parts, body) = response.into_parts();
    if let Some(stated) = parts.headers.get(GOOG_HASH).and_then(|value| value.to_str().ok()) {
        let sums = stated.split(',').map(|sum| match sum.trim().strip_prefix("crc32c=") {
            Some(sum) => format!("crc32c={}", other(sum)),
            None => sum.into(),
        });
        let sums = sums.collect::<Vec<_>>().join(",");
        parts.headers.insert(GOOG_HASH, HeaderValue::try_from(sums)?);
        // What has the header is an object, and its own bytes are not to be touched.
        return Ok(Response::from_parts(parts, body));
    }
    let bytes = read(body).await?;
    let Ok(mut value) = serde_json::from_slice(&bytes) else {
        return Ok(Response::from_parts(parts, whole(bytes)));
    };
    falsify_json(&mut value);
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, whole(value.to_string())))
}

fn falsify_json(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| match value {
            Value::String(sum) if key == "crc32c" => *sum = other(sum),
            value => falsify_json(value),
        }),
        Value::Array(values) => values.iter_mut().for_each(falsify_json),
        _ => {}
    }
}

/// Another sum in base64 of the same length.
fn other(sum: &str) -> String {
    let first = if sum.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", sum.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checksums_are_other_ones_in_json_and_in_headers() {
        let listing = r#"{"items":[{"name":"a","crc32c":"AAAAAA=="}],"crc32c":"4waSgw=="}"#;

        let json = falsify(Response::new(whole(listing))).await.unwrap();
        let mut object = Response::new(whole("bytes"));
        let stated = HeaderValue::from_static("crc32c=4waSgw==,md5=x");
        object.headers_mut().insert(GOOG_HASH, stated);
        let object = falsify(object).await.unwrap();

        let said = read(json.into_body()).await.unwrap();
        let expected = r#"{"items":[{"name":"a","crc32c":"BAAAAA=="}],"crc32c":"AwaSgw=="}"#;
        assert_eq!(said, expected);
        assert_eq!(object.headers()[GOOG_HASH], "crc32c=AwaSgw==,md5=x");
        assert_eq!(read(object.into_body()).await.unwrap(), "bytes");
    }
}
