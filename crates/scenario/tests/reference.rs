//! The reference pages of the scenario file are what the program knows. `UPDATE=1` rewrites them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fmt::Write, fs, path::PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares a page with what it should hold, or writes it.
fn hold(page: &str, expected: &str) {
    let path = root().join(page);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{page} is out of date (hint: UPDATE=1 cargo test -p scenario)");
}

#[test]
fn the_schema_page_is_the_schema() {
    let text = serde_json::to_string_pretty(&scenario::schema_json()).unwrap() + "\n";

    hold("docs/reference/scenario.schema.json", &text);
}

#[test]
fn the_reference_page_has_every_key() {
    let schema = scenario::schema_json();
    let mut page = String::from(
        "# The scenario file\n\nGenerated from the program: `UPDATE=1 cargo test -p scenario` rewrites it. \
         For editors there is the\n[JSON schema](scenario.schema.json). Unknown keys are faults; all faults of a file \
         are said at once, each with its line.\nAnchors and aliases are not read: a scenario says what it means where it means it.\n",
    );
    section(&mut page, "The file", &schema);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        section(&mut page, name, definition);
    }

    hold("docs/reference/scenario.md", &page);
}

/// One table of keys, or one list of words.
fn section(page: &mut String, name: &str, definition: &Value) {
    let about = definition["description"].as_str().unwrap_or_default().replace('\n', " ");
    if let Some(properties) = definition["properties"].as_object() {
        let required: Vec<&str> = definition["required"]
            .as_array()
            .map(|keys| keys.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        writeln!(
            page,
            "\n## {name}\n{about}\n\n| key | type | default | meaning |\n|---|---|---|---|"
        )
        .unwrap();
        for (key, property) in properties {
            let default = match property.get("default") {
                _ if required.contains(&key.as_str()) => "required".into(),
                Some(Value::Null) | None => "-".into(),
                Some(Value::Object(_)) => "see there".into(),
                Some(value) => format!("`{value}`"),
            };
            let meaning = property["description"].as_str().unwrap_or_default().replace('\n', " ");
            writeln!(page, "| `{key}` | {} | {default} | {meaning} |", kind(property)).unwrap();
        }
    } else if let Some(words) = definition["oneOf"].as_array() {
        writeln!(page, "\n## {name}\n{about}\n\n| word | meaning |\n|---|---|").unwrap();
        for word in words {
            let meaning = word["description"].as_str().unwrap_or_default();
            writeln!(page, "| `{}` | {meaning} |", word["const"].as_str().unwrap_or_default())
                .unwrap();
        }
    } else {
        writeln!(page, "\n## {name}\n{about}").unwrap();
    }
}

/// The type of a key in a word or two.
fn kind(property: &Value) -> String {
    if let Some(reference) = property["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(choices) = property["anyOf"].as_array() {
        return kind(&choices[0]);
    }
    match &property["type"] {
        Value::String(word) if word == "array" => {
            format!("list of {}", kind(&property["items"]))
        }
        Value::String(word) if word == "object" => match property.get("additionalProperties") {
            Some(value @ Value::Object(_)) => format!("map to {}", kind(value)),
            _ => "map".into(),
        },
        Value::String(word) => word.clone(),
        Value::Array(words) => words
            .iter()
            .filter_map(Value::as_str)
            .filter(|word| *word != "null")
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "any".into(),
    }
}

#[test]
fn every_scenario_of_the_project_is_sound_and_has_its_page() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario = scenario::parse(&name, &fs::read_to_string(&path).unwrap(), &[])
            .unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(scenario.name, name, "a scenario is named like its file");
        let page = root().join(&scenario.about.how_to_read);
        assert!(page.is_file(), "{name}: there is no page {}", page.display());
        for test in &scenario.suite {
            if test.config.upstream().is_none() {
                assert!(root().join("scenarios").join(&test.config.0).is_file(), "{name}");
            }
        }
        seen += 1;
    }
    assert!(seen >= 4, "tiny, smoke, load-5 and load-100");
}

/// Every key that the schema allows, as `cluster.nodes`, below `prefix`.
fn keys(schema: &Value, at: &Value, prefix: &str, into: &mut Vec<String>) {
    let target = at["$ref"].as_str().and_then(|path| schema.pointer(path.strip_prefix('#')?));
    let properties = target.unwrap_or(at)["properties"].as_object();
    for (key, property) in properties.into_iter().flatten() {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        keys(schema, property, &name, into);
        into.push(name);
    }
}

#[test]
fn every_key_on_the_page_of_kops_is_one_and_every_key_of_kops_is_on_it() {
    let schema = scenario::schema_json();
    let mut known = Vec::new();
    keys(&schema, &schema, "", &mut known);
    let page = fs::read_to_string(root().join("docs/reference/kops.md")).unwrap();
    let said = |word: &&str| word.starts_with("cluster.") || word.starts_with("infra.");
    let named: Vec<&str> = page.split('`').filter(said).collect();

    for name in &named {
        assert!(known.iter().any(|key| key == name), "`{name}` is no key of a scenario");
    }
    for key in known.iter().filter(|key| key.starts_with("infra.kops.")) {
        let group = known.iter().any(|other| other.starts_with(&format!("{key}.")));
        let elsewhere = key.ends_with("not-applicable");
        assert!(group || elsewhere || named.contains(&key.as_str()), "the page lacks `{key}`");
    }
}
