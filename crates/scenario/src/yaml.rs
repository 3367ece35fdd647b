//! YAML as a JSON value, with the place of every key. What a file may do to its reader is bounded:
//! every value stands where it counts, nothing is nested deeply, and reading takes time and memory in
//! proportion to the text.

use std::borrow::Cow;

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Number, Value};

use crate::{found::Found, places::Places, pointer::below, position::Position};

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The value.
    pub(crate) value: Value,
    /// Where each value stands: its key, if it has one.
    pub(crate) places: Places,
    /// What cannot be read. A value that is not understood is zero: it is there.
    pub(crate) found: Vec<Found>,
    /// Whether something left no way to go on.
    pub(crate) is_cut: bool,
}

/// Deepest nesting that is read: a scenario has six levels and Helm values about ten.
pub(crate) const DEEPEST: usize = 64;

/// Faults after which the rest is not looked at.
const MOST: usize = 1000;

const TOO_DEEP: &str = "is nested too deeply (hint: a scenario has six levels)";
const WRITTEN_OUT: &str = "anchors, aliases and tags are not read (hint: write the value out)";
const NOT_FINITE: &str = "is no finite number (hint: leave the key out)";
const KEY: &str = "a key must be text (hint: quote it)";
const ONE: &str = "a second document begins here (hint: one file, one scenario)";

/// Reads `text`. After what leaves no way to go on, the rest is not looked at.
pub(crate) fn read(text: &str) -> Document {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let went_on = match event {
            Ok((event, span)) => reader.take(event, position(span.start)),
            Err(error) => {
                reader.document.found.push(no_yaml(&error));
                None
            }
        };
        if went_on.is_none() || reader.document.found.len() >= MOST {
            reader.document.is_cut = true;
            break;
        }
    }
    reader.document
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn no_yaml(error: &ScanError) -> Found {
    let hint = match error.info() {
        info if info.contains("tab") => "indent with spaces",
        _ => "look at indentation, brackets and quotes",
    };
    let what = format!("not YAML: {} (hint: {hint})", error.info());
    Found::at(position(*error.marker()), "", what)
}

#[derive(Debug, Default)]
struct Reader {
    document: Document,
    documents: usize,
    open: Vec<Open>,
}

/// A list or group that is still being read.
#[derive(Debug)]
struct Open {
    items: Items,
    places: Places,
}

#[derive(Debug)]
enum Items {
    List(Vec<Value>),
    Group {
        map: Map<String, Value>,
        /// The key whose value comes next.
        key: Option<Key>,
    },
}

#[derive(Debug)]
struct Key {
    name: String,
    at: Position,
    /// Of two keys of one name the first one counts, and one that is no text never does.
    counts: bool,
}

impl Reader {
    /// Takes the next event; nothing if it leaves no way to go on.
    fn take(&mut self, event: Event<'_>, at: Position) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.document.found.push(Found::at(at, "", ONE));
                    return None;
                }
            }
            Event::Alias(_) => {
                self.fault(at, WRITTEN_OUT);
                self.scalar(0.into(), at);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(anchor, tag.as_ref(), at);
                let value = self.value(text, style, at);
                self.scalar(value, at);
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(anchor, tag.as_ref(), at);
                self.begin(Items::List(Vec::new()), at)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(anchor, tag.as_ref(), at);
                self.begin(Items::Group { map: Map::new(), key: None }, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { items, places } = self.open.pop()?;
                let value = match items {
                    Items::List(items) => Value::Array(items),
                    Items::Group { map, .. } => Value::Object(map),
                };
                self.put(value, places);
            }
        }
        Some(())
    }

    /// Says that `what` is wrong with the value that comes next, or with the group if a key does.
    fn fault(&mut self, at: Position, what: &str) {
        let pointer = self.pointer();
        self.document.found.push(Found::at(at, &pointer, what));
    }

    fn pointer(&self) -> String {
        self.open.iter().fold(String::new(), |above, open| match &open.items {
            Items::List(items) => below(&above, &items.len().to_string()),
            Items::Group { key: Some(key), .. } => below(&above, &key.name),
            Items::Group { key: None, .. } => above,
        })
    }

    fn plain(&mut self, anchor: usize, tag: Option<&Cow<'_, Tag>>, at: Position) {
        if anchor != 0 || tag.is_some() {
            self.fault(at, WRITTEN_OUT);
        }
    }

    fn value(&mut self, text: Cow<'_, str>, style: ScalarStyle, at: Position) -> Value {
        match Scalar::parse_from_cow_and_metadata(text, style, None) {
            Some(Scalar::Boolean(value)) => Value::Bool(value),
            Some(Scalar::Integer(value)) => Value::Number(value.into()),
            Some(Scalar::FloatingPoint(value)) => match Number::from_f64(value.into_inner()) {
                Some(number) => Value::Number(number),
                None => {
                    self.fault(at, NOT_FINITE);
                    0.into()
                }
            },
            Some(Scalar::String(value)) => Value::String(value.into_owned()),
            Some(Scalar::Null) | None => Value::Null,
        }
    }

    /// Takes a key, or a value without anything below it.
    fn scalar(&mut self, value: Value, at: Position) {
        let Some(Open { items: Items::Group { map, key: key @ None }, places }) =
            self.open.last_mut()
        else {
            self.put(value, Places::at(at));
            return;
        };
        let Value::String(name) = value else {
            // Its value must still be read.
            self.fault(at, KEY);
            self.key(Key { name: value.to_string(), at, counts: false });
            return;
        };
        let counts = !map.contains_key(&name);
        let first = places.below(&name).map(|first| format!(", first in line {}", first.line));
        *key = Some(Key { name, at, counts });
        if !counts {
            self.fault(at, &format!("stands twice{} (hint: keep one)", first.unwrap_or_default()));
        }
    }

    fn key(&mut self, next: Key) {
        if let Some(Open { items: Items::Group { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(next);
        }
    }

    fn begin(&mut self, items: Items, at: Position) -> Option<()> {
        if let Some(Open { items: Items::Group { key: None, .. }, .. }) = self.open.last() {
            self.fault(at, KEY);
            return None;
        }
        if self.open.len() == DEEPEST {
            self.fault(at, TOO_DEEP);
            return None;
        }
        self.open.push(Open { items, places: Places::at(at) });
        Some(())
    }

    fn put(&mut self, value: Value, places: Places) {
        let Some(open) = self.open.last_mut() else {
            (self.document.value, self.document.places) = (value, places);
            return;
        };
        match &mut open.items {
            Items::List(items) => {
                open.places.put(&items.len().to_string(), places);
                items.push(value);
            }
            Items::Group { map, key } => {
                if let Some(Key { name, at, counts: true }) = key.take() {
                    open.places.put(&name, places.moved(at));
                    map.insert(name, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let found = read(text).found.into_iter();
        found.map(|one| format!("{} {}: {}", one.at.unwrap(), one.pointer, one.what)).collect()
    }

    #[test]
    fn every_key_and_entry_has_its_place() {
        let document = read("a: {b: 1}\nlist:\n  - x\n  - c: ~\n");

        assert_eq!(document.value, json!({"a": {"b": 1}, "list": ["x", {"c": null}]}));
        let of = ["", "/a", "/a/b", "/list", "/list/0", "/list/1", "/list/1/c", "/list/1/c/d"];
        assert_eq!(
            of.map(|pointer| document.places.position(pointer).to_string()),
            ["1:1", "1:1", "1:5", "2:1", "3:5", "4:5", "4:5", "4:5"]
        );
    }

    #[test]
    fn what_is_written_elsewhere_is_not_read() {
        assert_eq!(
            faults("a: &x 1\nb: *x\nc: !!str 2\n"),
            [
                format!("1:4 /a: {WRITTEN_OUT}"),
                format!("2:4 /b: {WRITTEN_OUT}"),
                format!("3:4 /c: {WRITTEN_OUT}")
            ]
        );
    }

    #[test]
    fn a_bomb_of_aliases_takes_no_memory() {
        let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(100_000));

        let document = read(&text);

        assert!(document.is_cut);
        assert_eq!(document.found.len(), MOST);
    }

    #[test]
    fn nesting_ends_somewhere() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
            let found = faults(&text);

            assert_eq!(found.len(), 1, "{found:?}");
            let known = found[0].ends_with(TOO_DEEP) || found[0].contains("recursion limit");
            assert!(known, "{found:?}");
        }
    }

    #[test]
    fn a_key_stands_once_and_is_text() {
        assert_eq!(
            faults("a: 1\nb: {c: 1, c: 2}\na: 3\n5: 6\n? [x]\n: y\n"),
            [
                "2:11 /b/c: stands twice, first in line 2 (hint: keep one)".to_owned(),
                "3:1 /a: stands twice, first in line 1 (hint: keep one)".to_owned(),
                format!("4:1 : {KEY}"),
                format!("5:3 : {KEY}"),
            ]
        );
    }
}
