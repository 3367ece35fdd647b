//! A request, taken apart.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Answer;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It changes the cloud: Compute Engine, service accounts, policies.
    Mutation,
    /// It changes an object of a bucket.
    Object,
    /// It looks.
    Read,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) host: String,
    pub(crate) method: Method,
    /// Path and query as they were sent.
    pub(crate) target: String,
    /// Of the path, decoded.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(
        host: &str,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let segments = uri.path().trim_start_matches('/').split('/').map(decode).collect();
        let query = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = query
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (decode(key), decode(&value.replace('+', " "))))
            .collect();
        Self { host: host.into(), method, target, segments, query, headers, body }
    }

    /// The value of a key of the query.
    pub(crate) fn asked(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The body, which must be a JSON object, or nothing.
    pub(crate) fn json(&self) -> Result<Value, Answer> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let parsed = serde_json::from_slice(&self.body).ok().filter(Value::is_object);
        parsed.ok_or_else(|| Answer::refuse(400, "parseError", "Parse Error"))
    }

    /// What it does.
    pub(crate) fn class(&self) -> Class {
        let last = self.segments.last().map_or("", String::as_str);
        let asks = ["wait", "listManagedInstances", "token", "tokeninfo", "testIamPermissions"];
        let asks = asks.contains(&last)
            || last.ends_with(":getIamPolicy")
            || last.ends_with(":testIamPermissions");
        if matches!(self.method, Method::GET | Method::HEAD) || asks {
            return Class::Read;
        }
        let is_object = self.host == "storage.googleapis.com" && last != "iam";
        if is_object { Class::Object } else { Class::Mutation }
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(host: &str, method: Method, target: &str) -> Call {
        Call::new(host, method, &target.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn what_only_looks_is_no_mutation_whatever_its_method() {
        let compute = "compute.googleapis.com";
        let wait = "/compute/v1/projects/p/global/operations/o/wait";
        let managed = "/compute/v1/projects/p/zones/z/instanceGroupManagers/m/listManagedInstances";

        assert_eq!(call(compute, Method::POST, wait).class(), Class::Read);
        assert_eq!(call(compute, Method::POST, managed).class(), Class::Read);
        let policy = call(
            "cloudresourcemanager.googleapis.com",
            Method::POST,
            "/v1/projects/p:getIamPolicy",
        );
        assert_eq!(policy.class(), Class::Read);
        let networks = "/compute/v1/projects/p/global/networks";
        assert_eq!(call(compute, Method::POST, networks).class(), Class::Mutation);
    }

    #[test]
    fn the_policy_of_a_bucket_is_of_the_cloud_and_its_objects_are_not() {
        let storage = "storage.googleapis.com";

        assert_eq!(call(storage, Method::PUT, "/storage/v1/b/x/iam").class(), Class::Mutation);
        assert_eq!(call(storage, Method::DELETE, "/storage/v1/b/x/o/a%2Fb").class(), Class::Object);
    }

    #[test]
    fn names_with_slashes_stay_whole() {
        let call =
            call("storage.googleapis.com", Method::GET, "/storage/v1/b/x/o/a%2Fb?prefix=c%20d+e");

        assert_eq!(call.parts(), ["storage", "v1", "b", "x", "o", "a/b"]);
        assert_eq!(call.asked("prefix"), Some("c d e"));
    }
}
