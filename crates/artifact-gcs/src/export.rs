//! Writes a build into a bucket: every object once, the manifest last.

use std::{cmp::Reverse, collections::BTreeMap, fs, path::Path};

use futures::{StreamExt, TryStreamExt, stream};
use run_record::write_json_as_is;
use stage::Progress;

use crate::{
    contents::{Contents, Source},
    digest::{Digest, Head},
    error::Error,
    inspect::inspect,
    layout::{self, BuildFolder},
    manifest::{LeftOut, Manifest, ManifestError, Object},
    record::Exported,
    size::Size,
    store::{Put, Store},
};

/// Files that are read or sent at once: enough to hide a bucket's latency of some 50 ms an object, few
/// enough for their buffers to be some 10 MiB.
const PARALLEL: usize = 16;

/// Writes `contents` as the build that `card` describes, whose lists are still empty.
pub(crate) async fn export(
    store: &dyn Store,
    card: Manifest,
    contents: Contents,
) -> Result<Exported, Error> {
    let failed = |source| Error::Store { source };
    let folder = card.folder();
    let _alone = store.alone(&folder).await.map_err(failed)?;
    let finished = Manifest::read(store, &folder).await.map_err(Error::Manifest)?;
    let finished = finished.map(|read| read.manifest);
    // One listing in place of a question for each object.
    let there = store.under(&folder.object("")).await.map_err(failed)?;
    let build = Build { store, folder: &folder, there, is_finished: finished.is_some() };

    let (manifest, skipped) = build.bring_all(card, &contents).await?;
    if let Some(finished) = &finished {
        if *finished != manifest {
            return Err(Error::Finished {
                build: format!("{}/{folder}", store.address()),
                differs: first_difference(finished, &manifest),
            });
        }
        build.check_all(&manifest)?;
    } else {
        let path = contents.place(layout::MANIFEST);
        write_json_as_is(&path, &manifest)
            .map_err(|source| Error::Manifest(ManifestError::Write(source)))?;
        let digest = look(path.clone()).await?.digest;
        place(store, &folder.object(layout::MANIFEST), &path, &digest).await?;
    }
    Ok(Exported::new(store.address(), &manifest, skipped, finished.is_some()))
}

/// A build that is being written.
struct Build<'b> {
    store: &'b dyn Store,
    folder: &'b BuildFolder,
    /// What was there before.
    there: BTreeMap<String, Head>,
    /// Whether it was there as a whole: then nothing is written.
    is_finished: bool,
}

/// What became of a file.
enum Fate {
    Withheld(LeftOut),
    Kept(Object, Put),
}

impl Build<'_> {
    /// Looks through every file and sees to it that it is there: the manifest with its lists, and how
    /// many objects were there before.
    async fn bring_all(
        &self,
        card: Manifest,
        contents: &Contents,
    ) -> Result<(Manifest, usize), Error> {
        let mut manifest = Manifest {
            withheld: contents.withheld.clone(),
            missing: contents.missing.clone(),
            ..card
        };
        // The largest first: one that is begun last would be waited for alone. A file that is gone is
        // said when it is read.
        let size = |source: &Source| fs::metadata(&source.path).map_or(0, |meta| meta.len());
        let mut sources: Vec<_> = contents.sources.iter().map(|one| (size(one), one)).collect();
        sources.sort_by_key(|(size, _)| Reverse(*size));
        let (all, bytes) = (sources.len(), sources.iter().map(|(size, _)| size).sum());
        // While one file is read, others are sent.
        let fates = sources.into_iter().map(|(_, source)| self.bring(source));
        let mut fates = stream::iter(fates).buffer_unordered(PARALLEL);
        let progress = Progress::default();
        let (mut sent, mut skipped) = (0_u64, 0_usize);
        while let Some(fate) = fates.try_next().await? {
            match fate {
                Fate::Withheld(left_out) => manifest.withheld.push(left_out),
                Fate::Kept(object, put) => {
                    sent += object.size;
                    skipped += usize::from(put == Put::There);
                    manifest.objects.push(object);
                }
            }
            let count = manifest.objects.len();
            progress.say(&format!("{count} of {all} objects, {} of {}", Size(sent), Size(bytes)));
        }
        manifest.objects.sort_by(|a, b| a.name.cmp(&b.name));
        manifest.withheld.sort();
        manifest.missing.sort();
        Ok((manifest, skipped))
    }

    /// Looks through a file, and sees to it that it is there unless it holds what others must not see.
    async fn bring(&self, source: &Source) -> Result<Fate, Error> {
        let (seen, name) = (look(source.path.clone()).await?, source.name.clone());
        if let Some(held) = seen.held {
            tracing::warn!("`{name}` is not exported: {held}");
            return Ok(Fate::Withheld(LeftOut { name, reason: held.to_string() }));
        }
        let (address, there) = (self.folder.object(&name), self.there.get(&name));
        let put = if self.is_finished {
            Put::There
        } else if there.is_some() {
            check(self.store, &address, &seen.digest, there)?;
            Put::There
        } else {
            place(self.store, &address, &source.path, &seen.digest).await?
        };
        Ok(Fate::Kept(Object::new(name, seen.digest), put))
    }

    /// Makes sure that a finished build still has every object as it should be.
    fn check_all(&self, manifest: &Manifest) -> Result<(), Error> {
        manifest.objects.iter().try_for_each(|object| {
            let there = self.there.get(&object.name);
            check(self.store, &self.folder.object(&object.name), &object.digest(), there)
        })
    }
}

/// Reads a file where it may wait for the disk.
async fn look(path: std::path::PathBuf) -> Result<crate::inspect::Inspected, Error> {
    let reading = tokio::task::spawn_blocking(move || inspect(&path)).await;
    reading.map_err(Error::Stopped)?.map_err(Error::Inspect)
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
