//! The Prometheus database of the suite as ClusterLoader2 packs it: `prometheus_snapshot.tar.gz`.

use std::{
    fs::{self, File, Metadata},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use flate2::{Compression, GzBuilder};
use run_record::PARTIAL;
use tar::{Builder, EntryType, Header};
use walkdir::{DirEntry, WalkDir};

use crate::contents::ContentsError;

/// Packs the snapshot in `folder` into the file `to`. The same files give the same bytes: no time
/// and no owner is kept. Nothing is packed, and false comes back, if there is no snapshot.
///
/// The paths in the archive are those of ClusterLoader2, `prometheus/snapshots/<stamp>/<block>/...`;
/// blocks that lie in `folder` itself get `build` for a stamp.
pub(crate) fn pack(folder: &Path, build: u64, to: &Path) -> Result<bool, ContentsError> {
    if !folder.is_dir() {
        return Ok(false);
    }
    let walk = WalkDir::new(folder).follow_root_links(false).min_depth(1).sort_by_file_name();
    let whole = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with(PARTIAL);
    let entries: Result<Vec<DirEntry>, _> = walk.into_iter().filter_entry(whole).collect();
    let entries = entries
        .map_err(|error| ContentsError::Use { path: folder.into(), source: error.into() })?;
    if !entries.iter().any(|entry| entry.file_type().is_file()) {
        return Ok(false);
    }
    let inside = prefix(folder, build);
    let failed = |source| ContentsError::Use { path: to.into(), source };
    let file = BufWriter::new(File::create(to).map_err(failed)?);
    // Prometheus packs its chunks already: more effort would hardly make the archive smaller.
    let gzip = GzBuilder::new().write(file, Compression::fast());
    let mut archive = Builder::new(gzip);
    for entry in &entries {
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        append(&mut archive, entry, &inside.join(below))?;
    }
    let gzip = archive.into_inner().map_err(failed)?;
    gzip.finish().and_then(|mut file| file.flush()).map_err(failed)?;
    Ok(true)
}

/// Where the contents of `folder` go in the archive.
fn prefix(folder: &Path, build: u64) -> PathBuf {
    let holds_blocks = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path()).any(|path| path.join("meta.json").is_file())
    };
    if folder.join("snapshots").is_dir() {
        "prometheus".into()
    } else if holds_blocks(folder) {
        Path::new("prometheus/snapshots").join(build.to_string())
    } else {
        "prometheus/snapshots".into()
    }
}

fn append<W: Write>(
    archive: &mut Builder<W>,
    entry: &DirEntry,
    name: &Path,
) -> Result<(), ContentsError> {
    /// Everybody may read what is unpacked.
    const FILE_MODE: u32 = 0o644;
    const FOLDER_MODE: u32 = 0o755;
    let path = entry.path();
    let failed = |source| ContentsError::Use { path: path.into(), source };
    let mut header = Header::new_gnu();
    header.set_mtime(0);
    if entry.file_type().is_dir() {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(FOLDER_MODE);
        header.set_size(0);
        return archive.append_data(&mut header, name, io::empty()).map_err(failed);
    }
    if !entry.file_type().is_file() {
        return Ok(());
    }
    let file = File::open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    header.set_mode(FILE_MODE);
    header.set_size(before.len());
    archive.append_data(&mut header, name, (&file).take(before.len())).map_err(failed)?;
    if stamp(&file.metadata().map_err(failed)?) != stamp(&before) {
        return Err(ContentsError::Changed { path: path.into() });
    }
    Ok(())
}

fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use tar::Archive;

    use super::*;

    const BLOCK: &str = "01JD0000000000000000000000";

    fn packed(folder: &Path) -> (Vec<u8>, Vec<String>) {
        let to = folder.with_extension("tar.gz");
        assert!(pack(folder, 17, &to).unwrap());
        let bytes = fs::read(&to).unwrap();
        let mut archive = Archive::new(GzDecoder::new(bytes.as_slice()));
        let names = archive.entries().unwrap().map(|entry| {
            entry.unwrap().path().unwrap().to_string_lossy().trim_end_matches('/').to_owned()
        });
        let names = names.collect();
        (bytes, names)
    }

    fn block(folder: &Path) {
        fs::create_dir_all(folder.join(BLOCK).join("chunks")).unwrap();
        fs::write(folder.join(BLOCK).join("meta.json"), "{}").unwrap();
        fs::write(folder.join(BLOCK).join("chunks/000001"), "chunk").unwrap();
    }

    #[test]
    fn a_block_lies_in_the_archive_where_clusterloader2_puts_it() {
        let folder = tempfile::tempdir().unwrap();
        for (given, stamp) in [("a", "17"), ("b/stamp", "stamp"), ("c/snapshots/stamp", "stamp")] {
            block(&folder.path().join(given));
            let top = folder.path().join(&given[..1]);

            let names = packed(&top).1;

            let wanted = format!("prometheus/snapshots/{stamp}/{BLOCK}/chunks/000001");
            assert!(names.contains(&wanted), "{given}: {names:?}");
        }
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        block(&one);
        block(&two);
        let old = SystemTime::UNIX_EPOCH;
        File::open(two.join(BLOCK).join("meta.json")).unwrap().set_modified(old).unwrap();

        assert_eq!(packed(&one).0, packed(&two).0);
    }

    #[test]
    fn no_snapshot_makes_no_archive() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("x.tar.gz");

        assert!(!pack(&folder.path().join("prometheus"), 17, &to).unwrap());
        assert!(!to.exists());
    }
}
