//! The run directory: where every file of a run lies.

use std::path::{Path, PathBuf};

use scenario::TestName;

use crate::{
    conclusion::Conclusion,
    file::{FileError, read_json, write_json},
    judgement::Judgement,
    ledger::Ledger,
    measurement::Measurements,
    metadata::Metadata,
    plan::Plan,
    record::Record,
    withheld::Withheld,
};

/// The folder in which a run keeps its files: the one contract between stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    root: PathBuf,
}

impl RunDir {
    /// The run directory at `root`, which need not exist yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `plan.json`.
    #[must_use]
    pub fn plan_path(&self) -> PathBuf {
        self.root.join("plan.json")
    }

    /// `scenario.yaml`: the scenario after overrides.
    #[must_use]
    pub fn scenario_path(&self) -> PathBuf {
        self.root.join("scenario.yaml")
    }

    /// `infra.json`: the ledger.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.root.join("infra.json")
    }

    /// `metadata.json`: what really ran.
    #[must_use]
    pub fn metadata_path(&self) -> PathBuf {
        self.root.join("metadata.json")
    }

    /// `kept`: there if the cluster is to outlive the run, so that nobody reaps it.
    #[must_use]
    pub fn kept_path(&self) -> PathBuf {
        self.root.join("kept")
    }

    /// `processes/`: every child process.
    #[must_use]
    pub fn processes(&self) -> PathBuf {
        self.root.join("processes")
    }

    /// `records/`: what each stage wrote about itself.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.root.join("records")
    }

    /// `records/<stage>-<verb>[-<test>].json`.
    #[must_use]
    pub fn record_path(&self, stage: &str, verb: &str, test: Option<&TestName>) -> PathBuf {
        let test = test.map(|test| format!("-{test}")).unwrap_or_default();
        self.records().join(format!("{stage}-{verb}{test}.json"))
    }

    /// `logs/`: one log per program, redacted.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// `tests/<test>/`.
    #[must_use]
    pub fn test(&self, test: &TestName) -> PathBuf {
        self.root.join("tests").join(test.as_str())
    }

    /// `tests/<test>/config/`: the ClusterLoader2 config and all that lies beside it.
    #[must_use]
    pub fn config(&self, test: &TestName) -> PathBuf {
        self.test(test).join("config")
    }

    /// `tests/<test>/report/`: what ClusterLoader2 wrote, byte for byte.
    #[must_use]
    pub fn report(&self, test: &TestName) -> PathBuf {
        self.test(test).join("report")
    }

    /// `tests/<test>/withheld.json`: files of the report that are not kept.
    #[must_use]
    pub fn withheld_path(&self, test: &TestName) -> PathBuf {
        self.test(test).join("withheld.json")
    }

    /// `tests/<test>/measurements.json`.
    #[must_use]
    pub fn measurements_path(&self, test: &TestName) -> PathBuf {
        self.test(test).join("measurements.json")
    }

    /// `tests/<test>/baseline/`: one folder per build it is compared with; never exported.
    #[must_use]
    pub fn baseline(&self, test: &TestName) -> PathBuf {
        self.test(test).join("baseline")
    }

    /// `tests/<test>/judgement.json`.
    #[must_use]
    pub fn judgement_path(&self, test: &TestName) -> PathBuf {
        self.test(test).join("judgement.json")
    }

    /// `tests/<test>/judgement.md`.
    #[must_use]
    pub fn judgement_page(&self, test: &TestName) -> PathBuf {
        self.test(test).join("judgement.md")
    }

    /// `tests/<test>/junit.xml`: the judgement as JUnit, one case per measurement.
    #[must_use]
    pub fn junit_path(&self, test: &TestName) -> PathBuf {
        self.test(test).join("junit.xml")
    }

    /// `prometheus/`: one TSDB snapshot for the suite.
    #[must_use]
    pub fn prometheus(&self) -> PathBuf {
        self.root.join("prometheus")
    }

    /// `cilium/`: the values, the manifest and what else was installed, without any Secret.
    #[must_use]
    pub fn cilium(&self) -> PathBuf {
        self.root.join("cilium")
    }

    /// `sysdump/`: what the API server held at the end.
    #[must_use]
    pub fn sysdump(&self) -> PathBuf {
        self.root.join("sysdump")
    }

    /// `conclusion.json`.
    #[must_use]
    pub fn conclusion_path(&self) -> PathBuf {
        self.root.join("conclusion.json")
    }

    /// `conclusion.md`.
    #[must_use]
    pub fn conclusion_page(&self) -> PathBuf {
        self.root.join("conclusion.md")
    }

    /// `<run>.private/`, beside the run directory: credentials, mode 0700, never exported.
    #[must_use]
    pub fn private(&self) -> PathBuf {
        let mut name = self.root.file_name().unwrap_or_default().to_owned();
        name.push(".private");
        self.root.with_file_name(name)
    }

    /// `<run>.private/kubeconfig`.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.private().join("kubeconfig")
    }

    /// Reads `plan.json`.
    ///
    /// # Errors
    /// It is not there, or not a plan of this format.
    pub fn plan(&self) -> Result<Plan, FileError> {
        read_json(&self.plan_path())
    }

    /// Reads `infra.json`.
    ///
    /// # Errors
    /// It is not there, or not a ledger of this format.
    pub fn ledger(&self) -> Result<Ledger, FileError> {
        read_json(&self.ledger_path())
    }

    /// Reads `metadata.json`.
    ///
    /// # Errors
    /// It is not there, or not of this format.
    pub fn metadata(&self) -> Result<Metadata, FileError> {
        read_json(&self.metadata_path())
    }

    /// Reads `tests/<test>/measurements.json`.
    ///
    /// # Errors
    /// It is not there, or not of this format.
    pub fn measurements(&self, test: &TestName) -> Result<Measurements, FileError> {
        read_json(&self.measurements_path(test))
    }

    /// Reads `tests/<test>/withheld.json`, if anything was withheld.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn withheld(&self, test: &TestName) -> Result<Option<Withheld>, FileError> {
        match read_json(&self.withheld_path(test)) {
            Ok(withheld) => Ok(Some(withheld)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads `tests/<test>/judgement.json`.
    ///
    /// # Errors
    /// It is not there, or not of this format.
    pub fn judgement(&self, test: &TestName) -> Result<Judgement, FileError> {
        read_json(&self.judgement_path(test))
    }

    /// Reads `conclusion.json`.
    ///
    /// # Errors
    /// It is not there, or not of this format.
    pub fn conclusion(&self) -> Result<Conclusion, FileError> {
        read_json(&self.conclusion_path())
    }

    /// Name of the run, where its plan can be read.
    #[must_use]
    pub fn run_id(&self) -> Option<String> {
        self.plan().ok().map(|plan| plan.run_id)
    }

    /// Reads the record of a step, if it was taken.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn record(
        &self,
        stage: &str,
        verb: &str,
        test: Option<&TestName>,
    ) -> Result<Option<Record>, FileError> {
        match read_json(&self.record_path(stage, verb, test)) {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes `infra.json`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_ledger(&self, ledger: &Ledger) -> Result<(), FileError> {
        write_json(&self.ledger_path(), ledger)
    }

    /// Changes `metadata.json`, which `plan` wrote.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn update_metadata(&self, change: impl FnOnce(&mut Metadata)) -> Result<(), FileError> {
        let mut metadata = self.metadata()?;
        change(&mut metadata);
        write_json(&self.metadata_path(), &metadata)
    }
}
