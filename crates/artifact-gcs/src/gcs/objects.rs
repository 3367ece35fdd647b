//! What objects there are, by the JSON API: the library's own listing speaks gRPC, which emulators
//! and private endpoints do not.

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    attempts::Attempts,
    client::Client,
    trouble::{Failure, Trouble},
};
use crate::digest::Head;

/// Most pages of one listing: a million objects. An answer that names the same next page for ever
/// must not hold the run.
const MOST_PAGES: usize = 1000;

/// An object as the JSON API describes it.
#[derive(Debug, Deserialize)]
pub(super) struct Item {
    name: String,
    #[serde(deserialize_with = "number")]
    size: u64,
    crc32c: String,
    #[serde(deserialize_with = "number")]
    generation: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    items: Vec<Item>,
    next_page_token: Option<String>,
}

/// Everything below a prefix.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Folders, with what stands before them and a slash at the end.
    pub(super) prefixes: Vec<String>,
    /// Objects by their whole names.
    pub(super) objects: Vec<(String, Head)>,
}

/// Reads `data` as a page of a listing, and as one object.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn read_as_each(data: &[u8]) {
    let page = serde_json::from_slice::<Page>(data);
    let items = page.into_iter().flat_map(|page| page.items);
    items.chain(serde_json::from_slice(data)).for_each(|item: Item| drop(item.head()));
}

/// 64-bit numbers are texts in Google's JSON.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

impl Item {
    fn head(self) -> Head {
        Head { size: self.size, crc32c: self.crc32c, generation: Some(self.generation) }
    }
}

/// Size, checksum and generation of an object, if it is there.
pub(super) async fn head(
    client: &Client,
    attempts: &Attempts,
    bucket: &str,
    name: &str,
) -> Result<Option<Head>, Failure> {
    let path = ["storage", "v1", "b", bucket, "o", name];
    let query = [("fields", "name,size,crc32c,generation")];
    let asked: Result<Item, Failure> = attempts.retry(|| client.json(&path, &query)).await;
    match asked {
        Ok(item) => Ok(Some(item.head())),
        Err(failure) if failure.trouble == Trouble::Missing => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What lies below `prefix`: directly where `folders` is set, else however deep.
pub(super) async fn below(
    client: &Client,
    attempts: &Attempts,
    bucket: &str,
    prefix: &str,
    folders: bool,
) -> Result<Found, Failure> {
    let path = ["storage", "v1", "b", bucket, "o"];
    let mut found = Found::default();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut query = vec![
            ("prefix", prefix),
            ("fields", "prefixes,items(name,size,crc32c,generation),nextPageToken"),
        ];
        query.extend(folders.then_some(("delimiter", "/")));
        query.extend(token.as_deref().map(|token| ("pageToken", token)));
        let page: Page = attempts.retry(|| client.json(&path, &query)).await?;
        attempts.moved();
        found.prefixes.extend(page.prefixes);
        let objects = page.items.into_iter().map(|item| (item.name.clone(), item.head()));
        found.objects.extend(objects);
        match page.next_page_token {
            Some(next) if !next.is_empty() => token = Some(next),
            _ => return Ok(found),
        }
    }
    Err(Failure::new(Trouble::Final, format!("the listing has more than {MOST_PAGES} pages")))
}
