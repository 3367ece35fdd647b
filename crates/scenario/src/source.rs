//! The text of a scenario file as a value that remembers its lines.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use crate::faults::{Fault, Faults};

/// A YAML document as JSON, with the line of every key.
#[derive(Debug)]
pub(crate) struct Source {
    file: String,
    pub(crate) value: Value,
    lines: BTreeMap<String, usize>,
}

/// Deepest nesting that is read: a scenario has six levels and Helm values about ten.
const DEEPEST: usize = 64;

impl Source {
    /// Reads `text`, which is called `file` in faults.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let fault = |line: usize, what: String| {
            Faults(vec![Fault { place: format!("{file}:{line}"), key: String::new(), what }])
        };
        let documents = MarkedYaml::load_from_str(text)
            .map_err(|error| fault(error.marker().line(), format!("not YAML: {}", error.info())))?;
        let [document] = documents.as_slice() else {
            return Err(fault(1, format!("holds {} YAML documents, not one", documents.len())));
        };
        let mut source = Self { file: file.into(), value: Value::Null, lines: BTreeMap::new() };
        let mut faults = Vec::new();
        source.value = source.convert(document, "", 0, &mut faults);
        if faults.is_empty() { Ok(source) } else { Err(Faults(faults)) }
    }

    /// Where the value at `pointer` stands, or the nearest one above it that stands in the file.
    pub(crate) fn place(&self, pointer: &str) -> String {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return format!("{}:{line}", self.file);
            }
            match pointer.rsplit_once('/') {
                Some((above, _)) => pointer = above,
                None => return self.file.clone(),
            }
        }
    }

    /// Says that the value at `pointer` came from the override `text`.
    pub(crate) fn overridden(&mut self, pointer: &str) {
        self.lines.retain(|key, _| key != pointer && !key.starts_with(&format!("{pointer}/")));
    }

    fn convert(
        &mut self,
        node: &MarkedYaml<'_>,
        pointer: &str,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) -> Value {
        let line = node.span.start.line();
        self.lines.insert(pointer.into(), line);
        let mut refuse = |what: &str| {
            let key = dotted(pointer);
            faults.push(Fault { place: format!("{}:{line}", self.file), key, what: what.into() });
            Value::Null
        };
        if depth > DEEPEST {
            return refuse("nested too deeply");
        }
        match &node.data {
            YamlData::Value(scalar) => match scalar {
                Scalar::Null => Value::Null,
                Scalar::Boolean(value) => Value::Bool(*value),
                Scalar::Integer(value) => Value::Number((*value).into()),
                Scalar::FloatingPoint(value) => match Number::from_f64(value.into_inner()) {
                    Some(number) => Value::Number(number),
                    None => refuse("not a finite number"),
                },
                Scalar::String(value) => Value::String(value.to_string()),
            },
            YamlData::Sequence(items) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| {
                        self.convert(item, &format!("{pointer}/{at}"), depth + 1, faults)
                    })
                    .collect(),
            ),
            YamlData::Mapping(mapping) => {
                let mut map = Map::new();
                for (key, value) in mapping {
                    let Some(name) = key.data.as_str().map(str::to_owned) else {
                        let place = format!("{}:{}", self.file, key.span.start.line());
                        let what = "a key is text; quote it".into();
                        faults.push(Fault { place, key: dotted(pointer), what });
                        continue;
                    };
                    let below = format!("{pointer}/{}", escape(&name));
                    let converted = self.convert(value, &below, depth + 1, faults);
                    self.lines.insert(below, key.span.start.line());
                    map.insert(name, converted);
                }
                Value::Object(map)
            }
            _ => refuse("anchors, aliases and tags are not read here; write the value out"),
        }
    }
}

/// A key as a segment of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A JSON pointer as people write paths: `suite.0.test`.
pub(crate) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}
