//! The table of all interruptions, in a file that several processes add to.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{
    pressed::Pressed,
    row::{HEAD, Row},
};

/// The table in a file.
pub(crate) struct Table {
    path: PathBuf,
}

impl Table {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.into() }
    }

    /// Whether the row is there, without a fault.
    pub(crate) fn has(&self, place: (usize, Pressed)) -> bool {
        self.rows().get(&place).is_some_and(|line| !line.contains("FAULT"))
    }

    /// Puts `row` where it belongs, in place of an earlier one.
    pub(crate) fn add(&self, row: &Row) {
        let lock = File::create(self.path.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        let mut rows = self.rows();
        let line = row.to_string();
        rows.insert(Row::place(&line).unwrap(), line);
        let lines: Vec<String> = rows.into_values().collect();
        fs::write(&self.path, format!("{HEAD}{}\n", lines.join("\n"))).unwrap();
    }

    fn rows(&self) -> BTreeMap<(usize, Pressed), String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let lines = text.lines().skip(HEAD.lines().count());
        lines.filter_map(|line| Some((Row::place(line)?, line.to_owned()))).collect()
    }
}
