//! Opens a folder of Prometheus' database and counts what is in it.

mod chunks;
mod index;
mod meta;
mod number;

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

/// A database whose blocks were opened one by one.
#[derive(Debug)]
pub(crate) struct Opened {
    /// What the whole blocks hold.
    pub(crate) contents: Contents,
    /// The names of the blocks that are not whole, and why.
    pub(crate) damaged: Vec<(String, TsdbError)>,
}

/// Opens every block below `folder`; every part of it is read and compared with its checksum.
pub(crate) fn open(folder: &Path) -> Result<Opened, TsdbError> {
    let failed = |source| TsdbError::Read { path: ".".into(), source };
    let contents = Contents { min_time_ms: i64::MAX, max_time_ms: i64::MIN, ..Contents::default() };
    let mut opened = Opened { contents, damaged: Vec::new() };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            match open_block(&entry.path(), &name) {
                Ok(meta) => opened.contents.add(meta),
                Err(why) => opened.damaged.push((name, why)),
            }
        }
    }
    opened.damaged.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(opened)
}

impl Opened {
    /// What the database holds, if every block is whole and there is something in it.
    pub(crate) fn whole(self) -> Result<Contents, TsdbError> {
        match self.damaged.into_iter().next() {
            Some((_, why)) => Err(why),
            None if self.contents.samples == 0 => Err(TsdbError::Empty),
            None => Ok(self.contents),
        }
    }
}

fn open_block(folder: &Path, name: &str) -> Result<Meta, TsdbError> {
    let meta = meta::read(folder, name)?;
    let damaged = |file: &str, what: &str, found: u64, wanted: u64| {
        let what = format!("it holds {found} {what} of {wanted}");
        TsdbError::Damaged { path: format!("{name}/{file}"), what }
    };
    let series = index::count(folder, name)?;
    if series != meta.stats.num_series {
        return Err(damaged("index", "series", series, meta.stats.num_series));
    }
    let found = chunks::count(folder, name)?;
    if found != meta.stats.num_chunks {
        return Err(damaged("chunks", "chunks", found, meta.stats.num_chunks));
    }
    Ok(meta)
}

/// Reads `data` as each file of a block.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_as_each(data: &[u8]) {
    let _ = (index::count_in(data), chunks::count_in(data));
    // A fuzzer seldom finds a checksum: its table of contents gets the right one.
    let _ = index::count_in(&index::with_checksum(data));
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
        fs::write(block.join("index"), index::tests::index(3)).unwrap();
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
        let contents = open(database(2).path()).and_then(Opened::whole).unwrap();

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

            let error = open(folder.path()).and_then(Opened::whole).unwrap_err();

            assert!(
                matches!(&error, TsdbError::Damaged { path, .. } if path.contains(file)),
                "{file}: {error}"
            );
        }
    }

    /// A block as Prometheus itself wrote it: 75 chunks of 25 series.
    fn real(name: &str, folder: &Path) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/tsdb/01M8EZQYN0PJWCFS7TR79875E1");
        fs::create_dir_all(folder.join(name).join("chunks")).unwrap();
        for file in ["meta.json", "index", "chunks/000001"] {
            fs::copy(from.join(file), folder.join(name).join(file)).unwrap();
        }
    }

    #[test]
    fn a_block_of_prometheus_is_whole_and_one_that_is_cut_off_is_not_counted() {
        let folder = TempDir::new().unwrap();
        real("A", folder.path());
        real("B", folder.path());

        let both = open(folder.path()).and_then(Opened::whole).unwrap();
        assert_eq!((both.blocks, both.series, both.samples), (2, 50, 13200));

        for (file, lost) in [("chunks/000001", 9), ("chunks/000001", 40_000), ("index", 1)] {
            let path = folder.path().join("B").join(file);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..whole.len() - lost]).unwrap();

            let opened = open(folder.path()).unwrap();

            assert_eq!((opened.contents.blocks, opened.contents.samples), (1, 6600));
            assert_eq!(opened.damaged[0].0, "B");
            assert!(opened.damaged[0].1.to_string().contains(file), "{:?}", opened.damaged);
            fs::write(&path, &whole).unwrap();
        }
    }

    #[test]
    fn a_database_that_lacks_a_file_says_which() {
        let folder = database(2);
        fs::remove_file(block(&folder).join("index")).unwrap();

        let error = open(folder.path()).and_then(Opened::whole).unwrap_err();

        assert!(error.to_string().contains("/index`"), "{error}");
    }

    #[test]
    fn a_segment_that_ends_between_two_chunks_is_missed_by_the_count() {
        let folder = database(2);
        fs::write(block(&folder).join("chunks/000001"), chunks::tests::segment(1)).unwrap();

        let error = open(folder.path()).and_then(Opened::whole).unwrap_err();

        assert!(error.to_string().contains("1 chunks of 2"), "{error}");
    }

    #[test]
    fn an_empty_folder_holds_no_sample() {
        let folder = TempDir::new().unwrap();

        assert!(matches!(open(folder.path()).and_then(Opened::whole), Err(TsdbError::Empty)));
    }

    #[test]
    fn a_database_that_ends_too_early_is_short() {
        let contents = open(database(1).path()).and_then(Opened::whole).unwrap();

        assert!(contents.reaches(61000).is_ok());
        assert!(matches!(contents.reaches(64000), Err(TsdbError::Short { missing_ms: 3000 })));
    }
}
