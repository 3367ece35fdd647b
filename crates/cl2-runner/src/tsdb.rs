//! Opens a folder of Prometheus' database and counts what is in it.

mod chunks;
mod index;
mod meta;

use std::{fs, io, path::Path};

use serde::Serialize;

use crate::tsdb::meta::Meta;

/// Why a folder is no whole database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TsdbError {
    /// A file is not there or cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file, relative to the database.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is cut off or damaged.
    #[error("`{path}` is damaged: {what}")]
    Damaged {
        /// The file, relative to the database.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// There is nothing in it.
    #[error("it holds no sample")]
    Empty,
    /// It ends before what Prometheus held in memory.
    #[error("it ends {} s before what Prometheus had", missing_ms / 1000)]
    Short {
        /// How much is missing, in milliseconds.
        missing_ms: i64,
    },
}

/// What a database holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Blocks.
    pub blocks: u64,
    /// Series, added up over the blocks.
    pub series: u64,
    /// Samples.
    pub samples: u64,
    /// Time of the oldest sample, in milliseconds since 1970.
    pub min_time_ms: i64,
    /// Time of the newest sample.
    pub max_time_ms: i64,
}

/// Opens every block below `folder`; every chunk is read and its checksum compared.
pub(crate) fn open(folder: &Path) -> Result<Contents, TsdbError> {
    let failed = |source| TsdbError::Read { path: ".".into(), source };
    let mut contents =
        Contents { min_time_ms: i64::MAX, max_time_ms: i64::MIN, ..Contents::default() };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            contents.add(open_block(&entry.path(), &name)?);
        }
    }
    if contents.samples == 0 { Err(TsdbError::Empty) } else { Ok(contents) }
}

fn open_block(folder: &Path, name: &str) -> Result<Meta, TsdbError> {
    let meta = meta::read(folder, name)?;
    index::check(folder, name)?;
    let found = chunks::count(folder, name)?;
    if found == meta.stats.num_chunks {
        Ok(meta)
    } else {
        Err(TsdbError::Damaged {
            path: format!("{name}/chunks"),
            what: format!("it holds {found} chunks of {}", meta.stats.num_chunks),
        })
    }
}

/// Reads `data` as each file of a block.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_as_each(data: &[u8]) {
    let _ = (index::check_bytes(data), chunks::count_in(data));
    let Ok(meta) = serde_json::from_slice::<Meta>(data) else { return };
    let mut contents = Contents::default();
    contents.add(meta);
    contents.add(meta);
    let _ = contents.reaches(i64::MAX);
}

impl Contents {
    fn add(&mut self, meta: Meta) {
        self.blocks += 1;
        self.series = self.series.saturating_add(meta.stats.num_series);
        self.samples = self.samples.saturating_add(meta.stats.num_samples);
        self.min_time_ms = self.min_time_ms.min(meta.min_time);
        self.max_time_ms = self.max_time_ms.max(meta.max_time);
    }

    /// Checks that nothing up to `newest_ms`, which Prometheus held, is missing.
    pub(crate) fn reaches(self, newest_ms: i64) -> Result<Self, TsdbError> {
        let missing_ms = newest_ms.saturating_sub(self.max_time_ms);
        if missing_ms > 0 { Err(TsdbError::Short { missing_ms }) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// One block of `chunks` chunks, as Prometheus writes it.
    fn database(chunks: u32) -> TempDir {
        let folder = TempDir::new().unwrap();
        let block = folder.path().join("01JDG0000000000000000000AB");
        fs::create_dir_all(block.join("chunks")).unwrap();
        fs::write(block.join("chunks/000001"), chunks::tests::segment(chunks)).unwrap();
        fs::write(block.join("index"), index::tests::index()).unwrap();
        let stats = format!(r#"{{"numSamples": 120, "numSeries": 3, "numChunks": {chunks}}}"#);
        let meta = format!(
            r#"{{"ulid": "x", "minTime": 1000, "maxTime": 61000, "stats": {stats}, "version": 1}}"#
        );
        fs::write(block.join("meta.json"), meta).unwrap();
        folder
    }

    fn block(folder: &TempDir) -> std::path::PathBuf {
        folder.path().join("01JDG0000000000000000000AB")
    }

    #[test]
    fn a_whole_database_is_counted() {
        let contents = open(database(2).path()).unwrap();

        assert_eq!(
            contents,
            Contents { blocks: 1, series: 3, samples: 120, min_time_ms: 1000, max_time_ms: 61000 }
        );
    }

    #[test]
    fn a_database_that_is_cut_off_anywhere_is_damaged() {
        for file in ["index", "chunks/000001", "meta.json"] {
            let folder = database(2);
            let path = block(&folder).join(file);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..whole.len() - 3]).unwrap();

            let error = open(folder.path()).unwrap_err();

            assert!(
                matches!(&error, TsdbError::Damaged { path, .. } if path.contains(file)),
                "{file}: {error}"
            );
        }
    }

    #[test]
    fn a_database_that_lacks_a_file_says_which() {
        let folder = database(2);
        fs::remove_file(block(&folder).join("index")).unwrap();

        let error = open(folder.path()).unwrap_err();

        assert!(error.to_string().contains("/index`"), "{error}");
    }

    #[test]
    fn a_segment_that_ends_between_two_chunks_is_missed_by_the_count() {
        let folder = database(2);
        fs::write(block(&folder).join("chunks/000001"), chunks::tests::segment(1)).unwrap();

        let error = open(folder.path()).unwrap_err();

        assert!(error.to_string().contains("1 chunks of 2"), "{error}");
    }

    #[test]
    fn an_empty_folder_holds_no_sample() {
        let folder = TempDir::new().unwrap();

        assert!(matches!(open(folder.path()), Err(TsdbError::Empty)));
    }

    #[test]
    fn a_database_that_ends_too_early_is_short() {
        let contents = open(database(1).path()).unwrap();

        assert!(contents.reaches(61000).is_ok());
        assert!(matches!(contents.reaches(64000), Err(TsdbError::Short { missing_ms: 3000 })));
    }
}
