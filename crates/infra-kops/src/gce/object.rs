//! Objects of a bucket, by the JSON API: small ones, changed only as they were when they were read.

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use run_record::BucketAddress;
use serde_json::Value;

use super::{
    google::{CallError, Google, Request},
    pages::pages,
    trouble::Trouble,
};

/// Where the JSON API is.
pub(super) const ROOT: &str = "https://storage.googleapis.com/storage/v1/b/";

/// Where objects are sent to.
const UPLOAD: &str = "https://storage.googleapis.com/upload/storage/v1/b/";

/// What of a name stands in an address otherwise than it is: all but letters, digits and these three.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A bucket, or a folder in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    /// The bucket.
    pub(crate) bucket: String,
    /// What stands in front of every object, with a slash at its end; or nothing.
    pub(crate) prefix: String,
}

/// An object that was read.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// What it holds.
    pub(crate) text: String,
    /// Which of its versions it is.
    pub(crate) generation: u64,
}

impl Store {
    /// The store at `gs://bucket/folder`; nothing if that is no such address.
    pub(crate) fn at(address: &str) -> Option<Self> {
        match address.parse().ok()? {
            BucketAddress::Google { bucket, prefix } => Some(Self { bucket, prefix }),
            BucketAddress::Folder(_) => None,
        }
    }

    /// A folder in it.
    pub(crate) fn folder(&self, name: &str) -> Self {
        Self { bucket: self.bucket.clone(), prefix: format!("{}{name}/", self.prefix) }
    }

    /// The address of an object in it.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("gs://{}/{}{name}", self.bucket, self.prefix)
    }

    /// The names of its objects, without what stands in front of all of them.
    pub(crate) async fn list(&self, google: &Google) -> Result<Vec<String>, CallError> {
        let what = format!("list `{}`", self.address(""));
        let request = Request::get(format!("{ROOT}{}/o", self.bucket))
            .query("prefix", &self.prefix)
            .query("fields", "items(name),nextPageToken");
        let mut names = Vec::new();
        pages(google, &what, request, |body| {
            let items = body["items"].as_array().into_iter().flatten();
            let found = items.filter_map(|item| item["name"].as_str());
            names.extend(
                found.filter_map(|name| name.strip_prefix(&self.prefix)).map(str::to_owned),
            );
            Ok(())
        })
        .await?;
        Ok(names)
    }

    /// Reads an object; nothing if it is not there.
    pub(crate) async fn read(
        &self,
        google: &Google,
        name: &str,
    ) -> Result<Option<Object>, CallError> {
        let what = format!("read `{}`", self.address(name));
        loop {
            let Some(generation) = self.generation(google, &what, name).await? else {
                return Ok(None);
            };
            let request = Request::get(self.url(name)).query("alt", "media");
            match google.call(&what, request.query("generation", generation).text()).await {
                Ok(answer) => {
                    let text = answer.body.as_str().unwrap_or_default().into();
                    return Ok(Some(Object { text, generation }));
                }
                // It was replaced or removed in between.
                Err(error) if error.trouble == Trouble::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn generation(
        &self,
        google: &Google,
        what: &str,
        name: &str,
    ) -> Result<Option<u64>, CallError> {
        let request = Request::get(self.url(name)).query("fields", "generation");
        match google.call(what, request).await {
            Ok(answer) => Ok(Some(generation(&answer.body))),
            Err(error) if error.trouble == Trouble::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes an object over `generation` of it, 0 if there is to be none; `None` if there is another
    /// one by now.
    pub(crate) async fn write(
        &self,
        google: &Google,
        name: &str,
        body: &Value,
        over: u64,
    ) -> Result<Option<u64>, CallError> {
        let what = format!("write `{}`", self.address(name));
        let request = Request::new(Method::POST, format!("{UPLOAD}{}/o", self.bucket))
            .query("uploadType", "media")
            .query("name", format!("{}{name}", self.prefix))
            .query("ifGenerationMatch", over)
            .body(body);
        match google.call(&what, request).await {
            Ok(answer) => Ok(Some(generation(&answer.body))),
            Err(error) if matches!(error.trouble, Trouble::Changed | Trouble::There) => {
                if !error.is_done_maybe() {
                    return Ok(None);
                }
                // An earlier attempt may have written it: then it is there as it was sent.
                let there = self.read(google, name).await?;
                let ours =
                    |there: &Object| serde_json::from_str(&there.text).ok().as_ref() == Some(body);
                Ok(there.filter(ours).map(|there| there.generation))
            }
            Err(error) => Err(error),
        }
    }

    /// Removes an object, if it is still of this generation, or whatever it is by now. That it is
    /// gone already is what was wanted; `false` if it is another one.
    pub(crate) async fn remove(
        &self,
        google: &Google,
        name: &str,
        generation: Option<u64>,
    ) -> Result<bool, CallError> {
        let what = format!("remove `{}`", self.address(name));
        let mut request = Request::new(Method::DELETE, self.url(name));
        if let Some(generation) = generation {
            request = request.query("ifGenerationMatch", generation);
        }
        match google.call(&what, request).await {
            Ok(_) => Ok(true),
            Err(error) if error.trouble == Trouble::NotFound => Ok(true),
            Err(error) if error.trouble == Trouble::Changed => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn url(&self, name: &str) -> String {
        let name = format!("{}{name}", self.prefix);
        format!("{ROOT}{}/o/{}", self.bucket, utf8_percent_encode(&name, NAME))
    }
}

/// Numbers of 64 bits are texts in Google's JSON.
fn generation(body: &Value) -> u64 {
    let text = body["generation"].as_str().and_then(|text| text.parse().ok());
    text.or_else(|| body["generation"].as_u64()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_bucket_of_google_s() {
        let store = Store::at("gs://bucket/a").unwrap();

        assert_eq!(store.folder("b").address("c.json"), "gs://bucket/a/b/c.json");
        assert!(Store::at("file:///bucket").is_none());
        assert_eq!(
            store.url("x y/z"),
            "https://storage.googleapis.com/storage/v1/b/bucket/o/a%2Fx%20y%2Fz"
        );
    }
}
