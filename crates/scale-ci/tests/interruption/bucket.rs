//! What a run has in the bucket.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use run_record::Plan;
use serde_json::Value;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// What is there of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// Nothing.
    Absent,
    /// Objects without a manifest: readers pass it over.
    Unfinished,
    /// A manifest, and every object of it as it says.
    Finished(BTreeSet<String>),
    /// A reader would take it for finished, and it is not as its manifest says.
    Wrong(String),
}

impl Build {
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self, Self::Finished(_))
    }
}

/// The build of the test and the build of the suite.
pub(crate) fn builds(bucket: &Path, plan: &Plan) -> [Build; 2] {
    let test = &plan.tests[0];
    let folder = |job: &str, build: u64| bucket.join(format!("logs/{job}/{build}"));
    [look(&folder(&test.job, test.build)), look(&folder(&plan.suite_job, plan.suite_build))]
}

fn look(folder: &Path) -> Build {
    let files: Vec<PathBuf> = WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .collect();
    if files.is_empty() {
        return Build::Absent;
    }
    let Ok(text) = fs::read(folder.join("manifest.json")) else { return Build::Unfinished };
    let manifest: Value = match serde_json::from_slice(&text) {
        Ok(manifest) => manifest,
        Err(error) => return Build::Wrong(format!("its manifest: {error}")),
    };
    let mut objects = BTreeSet::new();
    for object in manifest["objects"].as_array().unwrap() {
        let name = object["name"].as_str().unwrap().to_owned();
        let Ok(content) = fs::read(folder.join(&name)) else {
            return Build::Wrong(format!("`{name}` is missing"));
        };
        if hex::encode(Sha256::digest(&content)) != object["sha256"] {
            return Build::Wrong(format!("`{name}` has other bytes"));
        }
        objects.insert(name);
    }
    let known = |file: &PathBuf| {
        file.as_os_str() == "manifest.json" || objects.contains(&*file.to_string_lossy())
    };
    match files.iter().find(|file| !known(file)) {
        Some(file) => Build::Wrong(format!("`{}` is in no manifest", file.display())),
        None => Build::Finished(objects),
    }
}
