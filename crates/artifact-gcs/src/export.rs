//! Writes a build into a bucket: every object once, the manifest last.

use std::{cmp::Reverse, fs, path::Path};

use futures::{StreamExt, TryStreamExt, stream};
use run_record::write_json_as_is;
use stage::Progress;

use crate::{
    contents::{Contents, Source},
    digest::{Digest, Head},
    error::Error,
    inspect::inspect,
    layout,
    manifest::{LeftOut, Manifest, ManifestError, Object},
    record::Exported,
    size::Size,
    store::{Put, Store},
};

/// Objects that are read or written at once: enough to hide a bucket's latency of some 50 ms an
/// object, few enough for their buffers to be a few MiB.
const PARALLEL: usize = 8;

/// Writes `contents` as the build that `card` describes, whose lists are still empty.
pub(crate) async fn export(
    store: &dyn Store,
    card: Manifest,
    contents: Contents,
) -> Result<Exported, Error> {
    let (manifest, sources) = complete(card, &contents).await?;
    let folder = manifest.folder();
    let _alone = store.alone(&folder).await.map_err(|source| Error::Store { source })?;
    let there = Manifest::read(store, &folder).await.map_err(Error::Manifest)?;
    let there = there.map(|read| read.manifest);
    let finished = there.is_some();
    if let Some(there) = &there
        && *there != manifest
    {
        return Err(Error::Finished {
            build: format!("{}/{folder}", store.address()),
            differs: first_difference(there, &manifest),
        });
    }
    let skipped = place_all(store, &manifest, &sources, finished).await?;
    if !finished {
        let path = contents.place(layout::MANIFEST);
        write_json_as_is(&path, &manifest)
            .map_err(|source| Error::Manifest(ManifestError::Write(source)))?;
        let digest = look(path.clone()).await?.digest;
        place(store, &folder.object(layout::MANIFEST), &path, &digest).await?;
    }
    Ok(Exported::new(store.address(), &manifest, skipped, finished))
}

/// The manifest with its lists, and the file of each object.
async fn complete(card: Manifest, contents: &Contents) -> Result<(Manifest, Vec<Source>), Error> {
    let mut manifest =
        Manifest { withheld: contents.withheld.clone(), missing: contents.missing.clone(), ..card };
    let mut sources = contents.sources.clone();
    // The largest first, as below. A file that is gone is said when it is read.
    let size = |source: &Source| fs::metadata(&source.path).map_or(0, |metadata| metadata.len());
    sources.sort_by_cached_key(|source| Reverse(size(source)));
    let mut kept = Vec::with_capacity(sources.len());
    let looks = stream::iter(sources)
        .map(async |source| look(source.path.clone()).await.map(|seen| (source, seen)))
        .buffer_unordered(PARALLEL);
    let mut looked: Vec<_> = looks.try_collect().await?;
    looked.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    for (source, seen) in looked {
        if let Some(held) = seen.held {
            let name = source.name;
            tracing::warn!("`{name}` is not exported: {held}");
            manifest.withheld.push(LeftOut { name, reason: held.to_string() });
        } else {
            manifest.objects.push(Object::new(source.name.clone(), seen.digest));
            kept.push(source);
        }
    }
    manifest.withheld.sort();
    manifest.missing.sort();
    Ok((manifest, kept))
}

/// Reads a file where it may wait for the disk.
async fn look(path: std::path::PathBuf) -> Result<crate::inspect::Inspected, Error> {
    let reading = tokio::task::spawn_blocking(move || inspect(&path)).await;
    reading.map_err(Error::Stopped)?.map_err(Error::Inspect)
}

/// Sees to it that every object is there; how many were, comes back.
async fn place_all(
    store: &dyn Store,
    manifest: &Manifest,
    sources: &[Source],
    finished: bool,
) -> Result<usize, Error> {
    let folder = manifest.folder();
    // One listing in place of a question for each object.
    let there = store.under(&folder.object("")).await.map_err(|source| Error::Store { source })?;
    let progress = Progress::default();
    let (all, bytes) = (manifest.objects.len(), manifest.bytes());
    // The largest first: one that is begun last would be waited for alone.
    let mut order: Vec<_> = manifest.objects.iter().zip(sources).collect();
    order.sort_by_key(|(object, _)| Reverse(object.size));
    let placing = order.into_iter().map(|(object, source)| {
        let (name, there) = (folder.object(&object.name), there.get(&object.name));
        async move {
            let digest = object.digest();
            if finished || there.is_some() {
                check(store, &name, &digest, there)?;
                return Ok((Put::There, object.size));
            }
            Ok((place(store, &name, &source.path, &digest).await?, object.size))
        }
    });
    let mut placing = stream::iter(placing).buffer_unordered(PARALLEL);
    let (mut placed, mut sent, mut skipped) = (0_usize, 0_u64, 0_usize);
    while let Some((put, size)) = placing.try_next().await? {
        placed += 1;
        sent += size;
        skipped += usize::from(put == Put::There);
        progress.say(&format!("{placed} of {all} objects, {} of {}", Size(sent), Size(bytes)));
    }
    Ok(skipped)
}

/// Writes one object, unless somebody else just did, as it should be.
async fn place(store: &dyn Store, name: &str, from: &Path, digest: &Digest) -> Result<Put, Error> {
    let failed = |source| Error::Store { source };
    if store.put(name, from, digest).await.map_err(failed)? == Put::Written {
        return Ok(Put::Written);
    }
    let there = store.head(name).await.map_err(failed)?;
    check(store, name, digest, there.as_ref())?;
    Ok(Put::There)
}

/// Makes sure that what is there is as it should be.
fn check(
    store: &dyn Store,
    name: &str,
    digest: &Digest,
    there: Option<&Head>,
) -> Result<(), Error> {
    let found = match there {
        Some(head) if digest.is_of(head) => return Ok(()),
        Some(head) if head.size == digest.size => "is there with other bytes".into(),
        Some(head) => format!("is there with {} bytes, not {}", head.size, digest.size),
        None => "is gone from a finished build".into(),
    };
    Err(Error::Wrong { name: format!("{}/{name}", store.address()), found })
}

/// The first thing in which two manifests of one build differ.
fn first_difference(there: &Manifest, here: &Manifest) -> String {
    let changed = here.objects.iter().find(|object| there.object(&object.name) != Some(object));
    let gone = there.objects.iter().find(|object| here.object(&object.name).is_none());
    match changed.or(gone) {
        Some(object) => object.name.clone(),
        None => layout::MANIFEST.into(),
    }
}
