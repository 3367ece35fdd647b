//! The archive of Prometheus' database that ClusterLoader2 itself puts into a report: it comes over a
//! stream that may break, which leaves a part of it and only a warning.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use run_record::PARTIAL;
use tar::Archive;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::tsdb::{self, Contents, Opened, TsdbError};

/// What ClusterLoader2 calls it.
pub(crate) const NAME: &str = "prometheus_snapshot.tar.gz";

/// Why an archive is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It cannot be unpacked: most likely it is cut off.
    #[error("it cannot be unpacked")]
    Unpack(#[source] io::Error),
    /// It holds no folder of blocks.
    #[error("it holds no block")]
    NoBlock,
    /// What it holds is no whole database.
    #[error("it is not whole")]
    Tsdb(#[source] TsdbError),
}

/// Opens the archive in `report`, if there is one; it is unpacked beside the report for that long.
pub(crate) fn check(report: &Path) -> Option<Result<Contents, ArchiveError>> {
    let path = report.join(NAME);
    path.is_file().then(|| open(&path, report.parent().unwrap_or(report)))
}

fn open(archive: &Path, beside: &Path) -> Result<Contents, ArchiveError> {
    let (_folder, blocks) = unpack(archive, beside)?;
    tsdb::open(&blocks).and_then(Opened::whole).map_err(ArchiveError::Tsdb)
}

/// Unpacks the archive into a folder in `beside`, which goes when it is dropped, and says which folder
/// in it holds the blocks.
pub(crate) fn unpack(archive: &Path, beside: &Path) -> Result<(TempDir, PathBuf), ArchiveError> {
    let folder = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempdir_in(beside)
        .map_err(ArchiveError::Unpack)?;
    let file = File::open(archive).map_err(ArchiveError::Unpack)?;
    let mut decoder = GzDecoder::new(file);
    Archive::new(&mut decoder).unpack(folder.path()).map_err(ArchiveError::Unpack)?;
    // The end of the archive comes before the checksum of its packing.
    io::copy(&mut decoder, &mut io::sink()).map_err(ArchiveError::Unpack)?;
    let blocks = blocks(folder.path()).ok_or(ArchiveError::NoBlock)?;
    Ok((folder, blocks))
}

/// The folder whose folders are blocks.
fn blocks(folder: &Path) -> Option<PathBuf> {
    let is_chunks = |entry: &walkdir::DirEntry| entry.file_name() == "chunks";
    let found = WalkDir::new(folder).into_iter().flatten().find(is_chunks)?;
    Some(found.path().parent()?.parent()?.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A report with an archive of a block that Prometheus itself wrote, as ClusterLoader2 packs it.
    fn report() -> TempDir {
        let folder = TempDir::new().unwrap();
        let report = folder.path().join("report");
        fs::create_dir(&report).unwrap();
        let database = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tsdb");
        let gzip = GzEncoder::new(File::create(report.join(NAME)).unwrap(), Compression::fast());
        let mut archive = tar::Builder::new(gzip);
        archive.append_dir_all("prometheus/snapshots/20261127T170942Z-2b97", database).unwrap();
        archive.into_inner().unwrap().finish().unwrap();
        folder
    }

    #[test]
    fn a_whole_archive_is_counted_and_leaves_nothing() {
        let folder = report();

        let contents = check(&folder.path().join("report")).unwrap().unwrap();

        assert_eq!((contents.blocks, contents.samples), (1, 6600));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_archive_that_is_cut_off_anywhere_is_noticed() {
        let folder = report();
        let path = folder.path().join("report").join(NAME);
        let whole = fs::read(&path).unwrap();

        for length in
            [0, 1, 20, whole.len() / 2, whole.len() - 40, whole.len() - 9, whole.len() - 1]
        {
            fs::write(&path, &whole[..length]).unwrap();

            assert!(check(&folder.path().join("report")).unwrap().is_err(), "{length}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_report_without_one_has_none() {
        let folder = TempDir::new().unwrap();

        assert!(check(folder.path()).is_none());
    }
}
