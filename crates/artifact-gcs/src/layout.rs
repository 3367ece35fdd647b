//! Every name in a bucket: the layout that perfdash reads.

use std::fmt;

/// Folder of ClusterLoader2's files, which perfdash looks for by name.
pub(crate) const ARTIFACTS: &str = "artifacts";
/// Prow's note that the build began.
pub(crate) const STARTED: &str = "started.json";
/// Prow's note of how the build ended.
pub(crate) const FINISHED: &str = "finished.json";
/// What really ran.
pub(crate) const METADATA: &str = "metadata.json";
/// Page of the workflow run.
pub(crate) const RUN_URL: &str = "run-url.txt";
/// The Cilium that was tested.
pub(crate) const TESTED_VERSION: &str = "tested_version.txt";
/// What was measured, normalised.
pub(crate) const MEASUREMENTS: &str = "measurements.json";
/// The verdict of the test.
pub(crate) const JUDGEMENT: &str = "judgement.json";
/// The verdict of the test, for people.
pub(crate) const JUDGEMENT_PAGE: &str = "judgement.md";
/// The verdict of the test as JUnit.
pub(crate) const JUNIT: &str = "junit.xml";
/// ClusterLoader2's log.
pub(crate) const CL2_OUTPUT: &str = "cl2-output.txt";
/// What each stage wrote about itself.
pub(crate) const RECORDS: &str = "records";
/// The plan of the run.
pub(crate) const PLAN: &str = "plan.json";
/// The scenario after overrides.
pub(crate) const SCENARIO: &str = "scenario.yaml";
/// Every object of the build; the last one that is written.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The Prometheus database of the suite, named as ClusterLoader2 names it.
pub(crate) const SNAPSHOT: &str = "prometheus_snapshot.tar.gz";
/// What the API server held at the end.
pub(crate) const SYSDUMP: &str = "sysdump";
/// One log per program.
pub(crate) const LOGS: &str = "logs";
/// The one word for the run.
pub(crate) const CONCLUSION: &str = "conclusion.json";
/// The one word for the run, for people.
pub(crate) const CONCLUSION_PAGE: &str = "conclusion.md";
/// Every resource the run made.
pub(crate) const LEDGER: &str = "infra.json";

/// What a baseline build is fetched for, where it has it. The manifest is fetched too.
pub(crate) const BASELINE: [&str; 4] = [MEASUREMENTS, JUDGEMENT, METADATA, PLAN];

/// Prefix of everything in a job: `logs/<job>/`.
pub(crate) fn job(job: &str) -> String {
    format!("logs/{job}/")
}

/// One build: `logs/<job>/<build>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildFolder {
    /// The job.
    pub(crate) job: String,
    /// The build's number.
    pub(crate) build: u64,
}

impl BuildFolder {
    /// Name of the object that the build calls `name`.
    pub(crate) fn object(&self, name: &str) -> String {
        format!("{self}/{name}")
    }
}

impl fmt::Display for BuildFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", job(&self.job), self.build)
    }
}

/// The number of a build, if `folder` is one. Zeros in front would give one build two names.
pub(crate) fn build_number(folder: &str) -> Option<u64> {
    folder.parse().ok().filter(|number: &u64| number.to_string() == folder)
}

/// What a browser takes the object called `name` for: people read results where they lie.
pub(crate) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => "application/json",
        Some("yaml" | "yml") => "application/yaml",
        Some("xml") => "application/xml",
        Some("md") => "text/markdown; charset=utf-8",
        Some("txt" | "log") => "text/plain; charset=utf-8",
        Some("gz" | "tgz") => "application/gzip",
        _ => "application/octet-stream",
    }
}

/// A job as somebody typed it.
pub(crate) fn job_name(text: &str) -> Result<String, String> {
    if is_segment(text) {
        Ok(text.into())
    } else {
        Err(format!("`{text}` is no job (hint: it is the folder under `logs/`)"))
    }
}

/// Whether `name` can be the name of an object below a build, in a bucket and in a folder.
pub(crate) fn is_object_name(name: &str) -> bool {
    name.split('/').all(is_segment)
}

fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains('/') && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_lies_where_perfdash_looks_for_it() {
        let folder = BuildFolder { job: "load-100-load-v1.20".into(), build: 1_763_941_200 };
        let name = format!("{ARTIFACTS}/PodStartupLatency_load_2026-11-23T21:59:12+02:00.json");

        assert_eq!(
            folder.object(&name),
            "logs/load-100-load-v1.20/1763941200/artifacts/PodStartupLatency_load_2026-11-23T21:59:12+02:00.json"
        );
    }

    #[test]
    fn only_a_plain_number_is_a_build() {
        assert_eq!(build_number("1763941200"), Some(1_763_941_200));
        for folder in ["latest-build.txt", "007", "-1", "+7", "1e3", ""] {
            assert_eq!(build_number(folder), None, "{folder}");
        }
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        assert!(is_object_name("artifacts/a b:c+d.json"));
        for name in ["../x", "a//b", "/a", "a/.", "a\nb", ""] {
            assert!(!is_object_name(name), "{name:?}");
        }
        assert!(job_name("a/b").is_err() && job_name("..").is_err());
    }

    #[test]
    fn every_name_stands_on_its_page() {
        let page = include_str!("../../../docs/reference/bucket-layout.md");
        let names = [
            ARTIFACTS,
            STARTED,
            FINISHED,
            METADATA,
            RUN_URL,
            TESTED_VERSION,
            MEASUREMENTS,
            JUDGEMENT,
            JUDGEMENT_PAGE,
            JUNIT,
            CL2_OUTPUT,
            RECORDS,
            PLAN,
            SCENARIO,
            MANIFEST,
            SNAPSHOT,
            SYSDUMP,
            LOGS,
            CONCLUSION,
            CONCLUSION_PAGE,
            LEDGER,
        ];

        for name in names {
            let found = page.contains(&format!("`{name}`")) || page.contains(&format!("`{name}/`"));
            assert!(found, "the page lacks `{name}`");
        }
    }
}
