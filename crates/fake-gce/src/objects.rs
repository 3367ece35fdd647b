//! Buckets in memory.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Buckets, by name.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    buckets: BTreeMap<String, BTreeMap<String, Object>>,
    generations: i64,
}

/// An object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) content: Bytes,
    pub(crate) generation: i64,
    metadata: Map<String, Value>,
}

/// What a request asks of the generation that is there; 0 is no object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Condition {
    pub(crate) is: Option<i64>,
    pub(crate) is_not: Option<i64>,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoBucket,
    NoObject,
    Condition,
}

impl Condition {
    fn check(self, generation: Option<i64>) -> Result<(), Refusal> {
        let there = generation.unwrap_or(0);
        let holds = self.is.is_none_or(|wanted| wanted == there)
            && self.is_not.is_none_or(|unwanted| unwanted != there);
        if holds { Ok(()) } else { Err(Refusal::Condition) }
    }
}

impl Objects {
    /// Makes a bucket; whether there was none.
    pub(crate) fn make(&mut self, bucket: &str) -> bool {
        if self.buckets.contains_key(bucket) {
            return false;
        }
        self.buckets.insert(bucket.into(), BTreeMap::new());
        true
    }

    pub(crate) fn has(&self, bucket: &str) -> bool {
        self.buckets.contains_key(bucket)
    }

    pub(crate) fn get(&self, bucket: &str, name: &str) -> Result<&Object, Refusal> {
        self.buckets.get(bucket).ok_or(Refusal::NoBucket)?.get(name).ok_or(Refusal::NoObject)
    }

    /// Puts an object, and returns it as the API shows it.
    pub(crate) fn put(
        &mut self,
        bucket: &str,
        name: &str,
        content: Bytes,
        given: Map<String, Value>,
        condition: Condition,
    ) -> Result<Value, Refusal> {
        let objects = self.buckets.get_mut(bucket).ok_or(Refusal::NoBucket)?;
        condition.check(objects.get(name).map(|object| object.generation))?;
        self.generations += 1;
        // As Google's, which are microseconds: always more than any other.
        let generation = 1_700_000_000_000_000 + self.generations;
        let now = jiff::Timestamp::now().to_string();
        let mut metadata = given;
        for time in ["timeCreated", "updated"] {
            metadata.insert(time.into(), now.clone().into());
        }
        let object = Object { content, generation, metadata };
        let shown = object.shown(bucket, name);
        objects.insert(name.into(), object);
        Ok(shown)
    }

    pub(crate) fn delete(
        &mut self,
        bucket: &str,
        name: &str,
        condition: Condition,
    ) -> Result<(), Refusal> {
        let objects = self.buckets.get_mut(bucket).ok_or(Refusal::NoBucket)?;
        let there = objects.get(name).ok_or(Refusal::NoObject)?;
        condition.check(Some(there.generation))?;
        objects.remove(name);
        Ok(())
    }

    /// Objects whose names begin with `prefix`, in order.
    pub(crate) fn list<'a>(
        &'a self,
        bucket: &str,
        prefix: &'a str,
    ) -> Result<impl Iterator<Item = (&'a String, &'a Object)>, Refusal> {
        let objects = self.buckets.get(bucket).ok_or(Refusal::NoBucket)?;
        let from = objects.range(prefix.to_owned()..);
        Ok(from.take_while(move |(name, _)| name.starts_with(prefix)))
    }
}

impl Object {
    /// As the API shows it.
    pub(crate) fn shown(&self, bucket: &str, name: &str) -> Value {
        let sum = BASE64_STANDARD.encode(crc32c::crc32c(&self.content).to_be_bytes());
        let link = format!(
            "https://www.googleapis.com/storage/v1/b/{bucket}/o/{}",
            name.replace('/', "%2F")
        );
        let mut shown = json!({
            "kind": "storage#object",
            "id": format!("{bucket}/{name}/{}", self.generation),
            "selfLink": link,
            "name": name,
            "bucket": bucket,
            "generation": self.generation.to_string(),
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": self.content.len().to_string(),
            "md5Hash": BASE64_STANDARD.encode(*md5::compute(&self.content)),
            "crc32c": sum,
            "etag": BASE64_STANDARD.encode(self.generation.to_be_bytes()),
        });
        for (key, value) in &self.metadata {
            shown[key] = value.clone();
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(objects: &mut Objects, is: Option<i64>) -> Result<Value, Refusal> {
        let condition = Condition { is, is_not: None };
        objects.put("b", "o", Bytes::from("x"), Map::new(), condition)
    }

    #[test]
    fn an_object_is_made_once_by_those_who_ask_for_generation_0() {
        let mut objects = Objects::default();
        assert_eq!(put(&mut objects, Some(0)), Err(Refusal::NoBucket));
        assert!(objects.make("b"));

        assert!(put(&mut objects, Some(0)).is_ok());
        assert_eq!(put(&mut objects, Some(0)), Err(Refusal::Condition));
        assert!(put(&mut objects, None).is_ok());
    }

    #[test]
    fn an_object_is_deleted_only_in_the_generation_that_was_asked_for() {
        let mut objects = Objects::default();
        objects.make("b");
        put(&mut objects, None).unwrap();
        let first = objects.get("b", "o").unwrap().generation;
        put(&mut objects, None).unwrap();

        let stale = objects.delete("b", "o", Condition { is: Some(first), is_not: None });
        let any = objects.delete("b", "o", Condition::default());

        assert_eq!((stale, any), (Err(Refusal::Condition), Ok(())));
        assert_eq!(objects.delete("b", "o", Condition::default()), Err(Refusal::NoObject));
    }
}
