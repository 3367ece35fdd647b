//! A bucket that is a folder of this machine.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{FutureExt, StreamExt};
use run_record::{PARTIAL, remove_partial};
use tokio_util::io::ReaderStream;
use walkdir::WalkDir;

use crate::{
    digest::{Digest, Head, HeadSum},
    layout::BuildFolder,
    store::{Later, Listing, Opened, Put, Store, StoreError, Under},
};

/// A bucket that is a folder of this machine.
#[derive(Clone, Debug)]
pub(crate) struct FileStore {
    root: PathBuf,
    stopped: Arc<AtomicBool>,
}

/// Results are for everybody; a temporary file is private otherwise.
const MODE: u32 = 0o644;

/// Bytes that are copied at once.
const PART: usize = 256 * 1024;

impl FileStore {
    /// The bucket in the folder `root`, which need not exist yet.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root, stopped: Arc::default() }
    }

    fn write_error(&self, name: &str) -> impl Fn(io::Error) -> StoreError {
        let (name, bucket) = (name.to_owned(), self.address());
        move |source| StoreError::Write { name: name.clone(), bucket: bucket.clone(), source }
    }

    fn read_error(&self, name: &str) -> impl Fn(io::Error) -> StoreError {
        let (name, bucket) = (name.to_owned(), self.address());
        move |source| StoreError::Read { name: name.clone(), bucket: bucket.clone(), source }
    }
}

impl Store for FileStore {
    fn address(&self) -> String {
        format!("file://{}", self.root.display()).trim_end_matches('/').to_owned()
    }

    fn alone<'a>(&'a self, build: &'a BuildFolder) -> Later<'a, Option<File>> {
        async move {
            let name = build.to_string();
            let folder = self.root.join(&name);
            let failed = self.write_error(&name);
            let opened = fs::create_dir_all(&folder).and_then(|()| File::open(&folder));
            let whom = format!("another process that exports `{name}`");
            let alone = stage::lock(opened.map_err(&failed)?, &whom).await.map_err(&failed)?;
            // Its writers are gone.
            blocking(move || remove_partial(&folder)).await.map_err(&failed)?;
            Ok(Some(alone))
        }
        .boxed()
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn put<'a>(&'a self, name: &'a str, from: &'a Path, expected: &'a Digest) -> Later<'a, Put> {
        let failed = self.write_error(name);
        let changed = StoreError::Changed { path: from.into() };
        let (to, from, expected) = (self.root.join(name), from.to_owned(), expected.clone());
        let stopped = Arc::clone(&self.stopped);
        Box::pin(async move {
            let writing = move || write(&from, &to, &expected, &stopped);
            match blocking(writing).await.map_err(failed)? {
                Some(put) => Ok(put),
                None => Err(changed),
            }
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> Later<'a, Option<Opened<'a>>> {
        async move {
            let opened = tokio::fs::File::open(self.root.join(name)).await;
            let opened = there(opened).map_err(self.read_error(name))?;
            Ok(opened.map(|file| {
                let parts = ReaderStream::with_capacity(file, PART);
                let parts = parts.map(move |part| part.map_err(self.read_error(name)));
                Opened { generation: None, parts: parts.boxed() }
            }))
        }
        .boxed()
    }

    fn head<'a>(&'a self, name: &'a str) -> Later<'a, Option<Head>> {
        let path = self.root.join(name);
        Box::pin(async move {
            blocking(move || there(head(&path))).await.map_err(self.read_error(name))
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Later<'a, Listing> {
        let path = self.root.join(prefix);
        Box::pin(async move {
            let listing = blocking(move || there(list(&path))).await;
            Ok(listing.map_err(self.read_error(prefix))?.unwrap_or_default())
        })
    }

    fn under<'a>(&'a self, prefix: &'a str) -> Later<'a, Under> {
        let path = self.root.join(prefix);
        Box::pin(async move {
            let under = blocking(move || under(&path)).await;
            under.map_err(self.read_error(prefix))
        })
    }
}

/// Does `work` where it may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// What was found, if it is there.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies `from` to `to` unless that is there; nothing comes back if `from` is not as expected.
fn write(
    from: &Path,
    to: &Path,
    expected: &Digest,
    stopped: &AtomicBool,
) -> io::Result<Option<Put>> {
    let folder = to.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let mut partial = tempfile::Builder::new()
        .prefix(PARTIAL)
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(folder)?;
    let mut file = File::open(from)?;
    let copied = stream(&mut file, |part| match stopped.load(Ordering::Relaxed) {
        true => Err(io::Error::other("the export was stopped")),
        false => partial.write_all(part),
    })?;
    if !expected.is_of(&copied) {
        return Ok(None);
    }
    // The manifest that comes last must not outlive what it speaks of.
    partial.as_file().sync_all()?;
    match partial.persist_noclobber(to) {
        Ok(_) => Ok(Some(Put::Written)),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Some(Put::There)),
        Err(error) => Err(error.error),
    }
}

fn head(path: &Path) -> io::Result<Head> {
    stream(&mut File::open(path)?, |_| Ok(()))
}

/// Reads to the end, shows `take` every part, and sums.
fn stream(file: &mut File, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Head> {
    let mut sum = HeadSum::default();
    let mut buffer = vec![0; PART];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(sum.finish());
        }
        take(&buffer[..read])?;
        sum.update(&buffer[..read]);
    }
}

fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().is_dir() {
            listing.folders.push(name);
        } else if !name.starts_with(PARTIAL) {
            listing.objects.push(name);
        }
    }
    listing.folders.sort();
    listing.objects.sort();
    Ok(listing)
}

/// Sums every file below `folder`; a folder that is not there holds none.
fn under(folder: &Path) -> io::Result<Under> {
    let mut found = Under::new();
    for entry in WalkDir::new(folder) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 && is_missing(&error) => break,
            Err(error) => return Err(error.into()),
        };
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        if let Some(name) = below.to_str()
            && entry.file_type().is_file()
            && !entry.file_name().to_string_lossy().starts_with(PARTIAL)
        {
            found.insert(name.into(), head(entry.path())?);
        }
    }
    Ok(found)
}

fn is_missing(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::inspect;

    fn file(folder: &Path, name: &str, text: &str) -> (PathBuf, Digest) {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        let digest = inspect(&path).unwrap().digest;
        (path, digest)
    }

    #[tokio::test]
    async fn an_object_is_written_once_and_never_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("bucket"));
        let (one, of_one) = file(folder.path(), "one", "one");
        let (two, of_two) = file(folder.path(), "two", "two");

        let first = store.put("logs/j/1/a b", &one, &of_one).await.unwrap();
        let second = store.put("logs/j/1/a b", &two, &of_two).await.unwrap();

        assert_eq!((first, second), (Put::Written, Put::There));
        let head = store.head("logs/j/1/a b").await.unwrap().unwrap();
        assert!(of_one.is_of(&head));
        let listing = store.list("logs/j/1/").await.unwrap();
        assert_eq!(listing, Listing { folders: vec![], objects: vec!["a b".into()] });
    }

    #[tokio::test]
    async fn a_file_that_is_not_as_it_was_inspected_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("bucket"));
        let (path, digest) = file(folder.path(), "log", "one line");
        fs::write(&path, "one line\nand another").unwrap();

        let refused = store.put("logs/j/1/log", &path, &digest).await;

        assert!(matches!(refused, Err(StoreError::Changed { .. })));
        assert_eq!(store.list("logs/j/1/").await.unwrap(), Listing::default());
    }

    #[tokio::test]
    async fn what_is_not_there_is_no_fault() {
        let store = FileStore::new("/nowhere/at/all".into());

        assert_eq!(store.head("logs/j/1/a").await.unwrap(), None);
        assert!(store.open("logs/j/1/a").await.unwrap().is_none());
        assert_eq!(store.list("logs/j/").await.unwrap(), Listing::default());
    }

    #[tokio::test]
    async fn what_a_killed_export_left_is_removed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("bucket"));
        let build = BuildFolder { job: "j".into(), build: 1 };
        let artifacts = folder.path().join("bucket/logs/j/1/artifacts");
        fs::create_dir_all(&artifacts).unwrap();
        fs::write(artifacts.join(format!("{PARTIAL}abc")), "one").unwrap();

        let alone = store.alone(&build).await.unwrap();

        assert!(alone.is_some());
        assert_eq!(fs::read_dir(&artifacts).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_store_that_is_stopped_leaves_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("bucket"));
        let (path, digest) = file(folder.path(), "log", "one line");

        store.stop();
        let stopped = store.put("logs/j/1/log", &path, &digest).await;

        assert!(matches!(stopped, Err(StoreError::Write { .. })));
        let build = folder.path().join("bucket/logs/j/1");
        assert_eq!(fs::read_dir(build).unwrap().count(), 0);
    }
}
