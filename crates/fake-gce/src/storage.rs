//! Cloud Storage: the part of its JSON API that kops and leases need.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    answer::{Answer, Answered},
    call::Call,
    objects::{Condition, Refusal},
    policies,
    world::World,
};

/// Most objects and folders on a page, and how many there are unless asked.
const MOST: usize = 1000;

/// Whether this is about the policy of a bucket, which the fake answers even in front of an emulator.
pub(crate) fn is_policy(call: &Call) -> bool {
    matches!(call.parts()[..], ["storage", "v1", "b", _, "iam", ..])
}

/// Whether this is read without a token, as nodes read files that are public.
pub(crate) fn is_public(call: &Call) -> bool {
    !matches!(call.parts()[..], ["storage" | "upload" | "download", ..])
}

/// Answers a request of Cloud Storage.
pub(crate) fn serve(world: &mut World, call: &Call) -> Answered {
    let parts = call.parts();
    match (&call.method, &parts[..]) {
        (&Method::GET, ["storage", "v1", "b", bucket, "iam"]) => {
            policies::bucket(world, bucket, None)
        }
        (&Method::PUT, ["storage", "v1", "b", bucket, "iam"]) => {
            let wanted = call.json()?;
            policies::bucket(world, bucket, Some(&wanted))
        }
        (&Method::GET, ["storage", "v1", "b", _, "iam", "testPermissions"]) => {
            let asked = call.query.iter().filter(|(key, _)| key == "permissions");
            let asked: Vec<&String> = asked.map(|(_, value)| value).collect();
            Ok(Answer::ok(&json!({ "permissions": asked })))
        }
        (&Method::POST, ["storage", "v1", "b"]) => {
            let body = call.json()?;
            let name = body["name"].as_str().unwrap_or_default();
            if !world.objects.make(name) {
                return Err(Answer::refuse(
                    409,
                    "conflict",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                ));
            }
            Ok(Answer::ok(&bucket_shown(name)))
        }
        (&Method::GET, ["storage", "v1", "b", bucket]) => {
            if !world.objects.has(bucket) {
                return Err(refused(Refusal::NoBucket, bucket, ""));
            }
            Ok(Answer::ok(&bucket_shown(bucket)))
        }
        (&Method::GET, ["storage", "v1", "b", bucket, "o"]) => list(world, call, bucket),
        (&Method::GET, ["storage", "v1", "b", bucket, "o", name]) => {
            get(world, call, bucket, name, call.asked("alt") == Some("media"))
        }
        (&Method::GET, ["download", "storage", "v1", "b", bucket, "o", name]) => {
            get(world, call, bucket, name, true)
        }
        // As nodes read their files.
        (&Method::GET | &Method::HEAD, [bucket, rest @ ..]) if world.objects.has(bucket) => {
            get(world, call, bucket, &rest.join("/"), true)
        }
        (&Method::DELETE, ["storage", "v1", "b", bucket, "o", name]) => {
            let done = world.objects.delete(bucket, name, condition(call));
            done.map_err(|refusal| refused(refusal, bucket, name))?;
            Ok(Answer::text(204, ""))
        }
        (&Method::POST, ["upload", "storage", "v1", "b", bucket, "o"]) => {
            upload(world, call, bucket)
        }
        _ => Err(Answer::refuse(404, "notFound", "Not Found")),
    }
}

fn bucket_shown(name: &str) -> Value {
    json!({
        "kind": "storage#bucket", "id": name, "name": name, "location": "US", "locationType": "multi-region",
        "storageClass": "STANDARD", "metageneration": "1",
        "iamConfiguration": {
            "bucketPolicyOnly": { "enabled": true }, "uniformBucketLevelAccess": { "enabled": true },
            "publicAccessPrevention": "enforced",
        },
    })
}

fn refused(refusal: Refusal, bucket: &str, name: &str) -> Answer {
    match refusal {
        Refusal::NoBucket => {
            Answer::refuse(404, "notFound", "The specified bucket does not exist.")
        }
        Refusal::NoObject => {
            Answer::refuse(404, "notFound", &format!("No such object: {bucket}/{name}"))
        }
        Refusal::Condition => {
            let message = "At least one of the pre-conditions you specified did not hold.";
            Answer::refuse(412, "conditionNotMet", message)
        }
    }
}

fn condition(call: &Call) -> Condition {
    let number = |key| call.asked(key).and_then(|text| text.parse().ok());
    Condition { is: number("ifGenerationMatch"), is_not: number("ifGenerationNotMatch") }
}

fn get(world: &World, call: &Call, bucket: &str, name: &str, content: bool) -> Answered {
    let found =
        world.objects.get(bucket, name).map_err(|refusal| refused(refusal, bucket, name))?;
    // Earlier ones are not kept.
    if call.asked("generation").is_some_and(|wanted| wanted != found.generation.to_string()) {
        return Err(refused(Refusal::NoObject, bucket, name));
    }
    if !content {
        return Ok(Answer::ok(&found.shown(bucket, name)));
    }
    let sums = found.shown(bucket, name);
    let (crc, md5) = (sums["crc32c"].as_str(), sums["md5Hash"].as_str());
    let hash = format!("crc32c={},md5={}", crc.unwrap_or_default(), md5.unwrap_or_default());
    let kind = sums["contentType"].as_str().unwrap_or("application/octet-stream").to_owned();
    Ok(Answer {
        status: 200,
        headers: vec![("content-type".into(), kind)],
        body: found.content.clone(),
    }
    .with("x-goog-generation", &found.generation.to_string())
    .with("x-goog-hash", &hash))
}

fn list(world: &World, call: &Call, bucket: &str) -> Answered {
    let prefix = call.asked("prefix").unwrap_or_default();
    let delimiter = call.asked("delimiter").filter(|delimiter| !delimiter.is_empty());
    let size = call.asked("maxResults").and_then(|size| size.parse().ok()).unwrap_or(MOST);
    let size = size.clamp(1, MOST);
    let after = match call.asked("pageToken").filter(|token| !token.is_empty()) {
        Some(token) => {
            BASE64_STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok())
        }
        None => Some(String::new()),
    };
    let after = after.ok_or_else(|| Answer::refuse(400, "invalid", "Invalid page token"))?;
    let found = world.objects.list(bucket, prefix);
    let found = found.map_err(|refusal| refused(refusal, bucket, ""))?;
    let (mut items, mut folders) = (Vec::new(), BTreeSet::new());
    let (mut last, mut more) = (String::new(), false);
    for (name, object) in found {
        let folder = delimiter.and_then(|delimiter| {
            let end = name[prefix.len()..].find(delimiter)? + prefix.len() + delimiter.len();
            Some(name[..end].to_owned())
        });
        let place = folder.as_ref().unwrap_or(name);
        if !after.is_empty() && *place <= after || folders.contains(place) {
            continue;
        }
        if items.len() + folders.len() == size {
            more = true;
            break;
        }
        last.clone_from(place);
        match folder {
            Some(folder) => drop(folders.insert(folder)),
            None => items.push(object.shown(bucket, name)),
        }
    }
    let mut body = json!({ "kind": "storage#objects" });
    if !items.is_empty() {
        body["items"] = items.into();
    }
    if !folders.is_empty() {
        body["prefixes"] = folders.into_iter().collect();
    }
    if more {
        body["nextPageToken"] = BASE64_STANDARD.encode(last).into();
    }
    Ok(Answer::ok(&body))
}

fn upload(world: &mut World, call: &Call, bucket: &str) -> Answered {
    let (given, content) = match call.asked("uploadType") {
        Some("multipart") => {
            let parts = related(call)
                .ok_or_else(|| Answer::refuse(400, "badContent", "Malformed multipart body."))?;
            let given = serde_json::from_slice(&parts.0).unwrap_or_default();
            (given, parts.1)
        }
        Some("media") | None => (Map::new(), call.body.clone()),
        Some(other) => {
            let message = format!("upload type `{other}` is not played by fake-gce");
            return Err(Answer::refuse(501, "notImplemented", &message));
        }
    };
    let named = given.get("name").and_then(Value::as_str);
    let name = call.asked("name").or(named).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(Answer::refuse(400, "required", "Required"));
    }
    let wanted = given.get("md5Hash").and_then(Value::as_str);
    if wanted.is_some_and(|wanted| wanted != BASE64_STANDARD.encode(*md5::compute(&content))) {
        let message = "Provided MD5 hash does not match calculated MD5 hash.";
        return Err(Answer::refuse(400, "invalid", message));
    }
    let kept = ["contentType", "metadata", "cacheControl"];
    let mut kept: Map<String, Value> =
        given.into_iter().filter(|(key, _)| kept.contains(&key.as_str())).collect();
    let kind = call.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    if let Some(kind) = kind.filter(|_| call.asked("uploadType") != Some("multipart")) {
        kept.insert("contentType".into(), kind.into());
    }
    let put = world.objects.put(bucket, &name, content, kept, condition(call));
    Ok(Answer::ok(&put.map_err(|refusal| refused(refusal, bucket, &name))?))
}

/// The two parts of a `multipart/related` body: what is said of the object, and its content.
fn related(call: &Call) -> Option<(Bytes, Bytes)> {
    let kind = call.headers.get("content-type")?.to_str().ok()?;
    let boundary = kind.split("boundary=").nth(1)?.split(';').next()?.trim_matches('"');
    let boundary = format!("--{boundary}");
    let body = &call.body;
    let first = find(body, boundary.as_bytes(), 0)? + boundary.len();
    let second = find(body, format!("\r\n{boundary}").as_bytes(), first)?;
    let content = second + 2 + boundary.len();
    let end = find(body, format!("\r\n{boundary}--").as_bytes(), content)?;
    Some((after_head(body.slice(first..second))?, after_head(body.slice(content..end))?))
}

/// What follows the headers of a part.
fn after_head(part: Bytes) -> Option<Bytes> {
    let start = find(&part, b"\r\n\r\n", 0)? + 4;
    Some(part.slice(start..))
}

fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn call(method: Method, target: &str, kind: Option<&str>, body: &str) -> Call {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert("content-type", kind.parse().unwrap());
        }
        let body = Bytes::from(body.to_owned());
        Call::new("storage.googleapis.com", method, &target.parse().unwrap(), headers, body)
    }

    fn world() -> World {
        let mut world = World::new("p", std::time::Duration::ZERO);
        world.objects.make("b");
        world
    }

    fn json_of(answer: Answered) -> Value {
        serde_json::from_slice(&answer.unwrap().body).unwrap()
    }

    #[test]
    fn an_upload_of_two_parts_is_kept_to_the_byte() {
        let mut world = world();
        let body = "--x\r\nContent-Type: application/json\r\n\r\n{\"name\":\"a/b\"}\r\n--x\r\nContent-Type: text/plain\r\n\r\none\r\n\r\ntwo\r\n--x--\r\n";
        let upload = "/upload/storage/v1/b/b/o?uploadType=multipart&ifGenerationMatch=0";
        let kind = Some("multipart/related; boundary=x");

        serve(&mut world, &call(Method::POST, upload, kind, body)).unwrap();
        let again = serve(&mut world, &call(Method::POST, upload, kind, body)).unwrap_err();
        let read =
            serve(&mut world, &call(Method::GET, "/storage/v1/b/b/o/a%2Fb?alt=media", None, ""));

        assert_eq!(again.status, 412);
        assert_eq!(read.unwrap().body, "one\r\n\r\ntwo");
    }

    #[test]
    fn an_earlier_generation_is_gone() {
        let mut world = world();
        let upload = "/upload/storage/v1/b/b/o?uploadType=media&name=x";
        let made = json_of(serve(&mut world, &call(Method::POST, upload, None, "one")));
        let of_it = |generation: &Value| {
            format!("/storage/v1/b/b/o/x?alt=media&generation={}", generation.as_str().unwrap())
        };
        let target = of_it(&made["generation"]);
        assert_eq!(serve(&mut world, &call(Method::GET, &target, None, "")).unwrap().body, "one");

        serve(&mut world, &call(Method::POST, upload, None, "two")).unwrap();

        assert_eq!(
            serve(&mut world, &call(Method::GET, &target, None, "")).unwrap_err().status,
            404
        );
    }

    #[test]
    fn a_listing_comes_in_pages_with_folders() {
        let mut world = world();
        for name in ["a/1", "a/2", "b", "c/d/e", "f"] {
            let target = format!("/upload/storage/v1/b/b/o?uploadType=media&name={name}");
            serve(&mut world, &call(Method::POST, &target, None, "x")).unwrap();
        }
        let (mut seen, mut token) = (Vec::new(), String::new());

        loop {
            let target = format!("/storage/v1/b/b/o?delimiter=/&maxResults=2&pageToken={token}");
            let page = json_of(serve(&mut world, &call(Method::GET, &target, None, "")));
            let items = page["items"].as_array().cloned().unwrap_or_default();
            seen.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
            let folders = page["prefixes"].as_array().cloned().unwrap_or_default();
            seen.extend(folders.iter().map(|folder| folder.as_str().unwrap().to_owned()));
            match page["nextPageToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => break,
            }
        }

        seen.sort();
        assert_eq!(seen, ["a/", "b", "c/", "f"]);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let mut world = world();

        for target in
            ["/storage/v1/b/b/o/x?alt=media", "/storage/v1/b/other", "/storage/v1/b/other/o"]
        {
            let answer = serve(&mut world, &call(Method::GET, target, None, ""));
            assert_eq!(answer.unwrap_err().status, 404, "{target}");
        }
    }
}
