//! Keeps what the API server holds: as much as can be had of it.

use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use kube::Client;
use run_record::{FileError, write_json, write_whole};
use serde_json::Value;
use stage::{Stage, chain};

use crate::{
    cluster::connect,
    error::Error,
    index::{Entry, Index},
    part::Part,
};

/// Longest time for one part: a page takes a second when the API server is busy.
const PART: Duration = Duration::from_secs(20);

/// Longest time for all: who waits for the teardown pays for the cluster meanwhile.
const ALL: Duration = Duration::from_secs(120);

/// Most that is kept, in bytes: the artifacts of one workflow run share a few hundred MB.
const MOST_BYTES: usize = 64 << 20;

/// Keeps what the API server of the run's cluster holds, without any Secret.
pub(crate) async fn sysdump(stage: &Stage) -> Result<Index, Error> {
    let folder = stage.run_dir.sysdump();
    clear(&folder).map_err(Error::File)?;
    // An API server that does not say its version says nothing else: the teardown need not wait.
    let client = connect(stage).await?;
    let mut index = Index::default();
    let taken = stage.cancel.guard(take_all(&client, &folder, &mut index)).await;
    write_json(&folder.join("index.json"), &index).map_err(Error::File)?;
    taken.ok_or(Error::Cancelled)??;
    match index.nothing_kept() {
        Some(why) => Err(Error::NoSysdump(why.into())),
        None => Ok(index),
    }
}

async fn take_all(client: &Client, folder: &Path, index: &mut Index) -> Result<(), Error> {
    let end = Instant::now() + ALL;
    if let Ok(Ok(version)) = tokio::time::timeout(PART, client.apiserver_version()).await {
        index.kubernetes = Some(version.git_version);
    }
    let crds = take(client, &Part::crds(), folder, end, index).await?;
    for part in Part::all().iter().chain(&Part::of_crds(&crds)) {
        take(client, part, folder, end, index).await?;
    }
    Ok(())
}

/// Takes one part, and says in the index how that went. Returns the objects.
async fn take(
    client: &Client,
    part: &Part,
    folder: &Path,
    end: Instant,
    index: &mut Index,
) -> Result<Value, Error> {
    let mut entry = Entry { part: part.name.clone(), ..Entry::default() };
    let so_far: usize = index.parts.iter().map(|entry| entry.bytes).sum();
    let left = end.saturating_duration_since(Instant::now()).min(PART);
    let mut items = Value::Null;
    if so_far >= MOST_BYTES {
        entry.failed = Some(format!("{} MiB are kept already", MOST_BYTES >> 20));
    } else if left.is_zero() {
        entry.failed = Some(format!("{}s are over", ALL.as_secs()));
    } else {
        match tokio::time::timeout(left, part.read(client)).await {
            Ok(Ok(content)) => {
                let text = serde_json::to_vec_pretty(&content).unwrap_or_default();
                let file = format!("{}.json", part.name);
                write_whole(&folder.join(&file), &text).map_err(Error::File)?;
                entry.bytes = text.len();
                entry.objects = content.read;
                entry.cut = content.cut;
                entry.file = Some(file);
                items = content.items;
            }
            Ok(Err(error)) => entry.failed = Some(chain(&error).join(": ")),
            Err(_) => entry.failed = Some(format!("no answer after {}s", left.as_secs())),
        }
    }
    if let Some(why) = &entry.failed {
        tracing::warn!("{} is missing from the sysdump: {why}", entry.part);
    }
    index.parts.push(entry);
    Ok(items)
}

/// Removes an earlier sysdump: a part of it would pass for one of this.
fn clear(folder: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Write { path: folder.into(), source })
        }
        _ => Ok(()),
    }
}
