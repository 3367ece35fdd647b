//! Where each value of a file stands.

use std::collections::BTreeMap;

use crate::position::Position;

/// Where a value stands, and what is below it. A list has its entries by number.
#[derive(Debug)]
pub(crate) struct Places {
    at: Position,
    below: BTreeMap<String, Self>,
}

impl Default for Places {
    fn default() -> Self {
        Self::at(Position::START)
    }
}

impl Places {
    /// The place of a value with nothing below it.
    pub(crate) fn at(at: Position) -> Self {
        Self { at, below: BTreeMap::new() }
    }

    /// The same value, which stands at `at`.
    pub(crate) fn moved(self, at: Position) -> Self {
        Self { at, ..self }
    }

    /// Where the value called `key` stands.
    pub(crate) fn below(&self, key: &str) -> Option<Position> {
        self.below.get(key).map(|place| place.at)
    }

    /// Puts the value called `key` below this one.
    pub(crate) fn put(&mut self, key: &str, places: Self) {
        self.below.insert(key.into(), places);
    }

    /// Where the value at `pointer` stands, or the nearest one above it that stands in the file.
    pub(crate) fn position(&self, pointer: &str) -> Position {
        let mut at = self;
        for segment in pointer.split('/').skip(1) {
            let Some(place) = at.below.get(&segment.replace("~1", "/").replace("~0", "~")) else {
                break;
            };
            at = place;
        }
        at.at
    }
}
