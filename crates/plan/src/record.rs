//! What `plan` says.

use std::fmt;

use run_record::{KopsPlan, Outcome, Plan};
use serde::Serialize;

use crate::due_record::Due;

/// What `plan` says.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// A run was planned.
    Planned(Box<Planned>),
    /// Releases were looked for.
    Due(Due),
}

/// What is said of a planned run.
#[derive(Debug, Serialize)]
pub struct Planned {
    /// Name of the run.
    pub run_id: String,
    /// Where results go.
    pub bucket: String,
    /// The tests, each with its series and build.
    pub tests: Vec<(String, String, u64)>,
    /// Steps that will be taken.
    pub steps: Vec<String>,
    /// Where the cluster will be and what it may cost, on kops.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kops: Option<KopsPlan>,
}

impl Planned {
    /// What is said of `plan`.
    pub(crate) fn of(plan: &Plan) -> Self {
        let test = |test: &run_record::PlannedTest| {
            (test.test.test.to_string(), test.job.clone(), test.build)
        };
        Self {
            run_id: plan.run_id.clone(),
            bucket: plan.bucket.clone(),
            tests: plan.tests.iter().map(test).collect(),
            steps: plan.steps.iter().map(|step| step.id.clone()).collect(),
            kops: plan.kops.clone(),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned(planned) => planned.fmt(f),
            Self::Due(due) => due.fmt(f),
        }
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run    {}", self.run_id)?;
        writeln!(f, "bucket {}", self.bucket)?;
        for (test, job, build) in &self.tests {
            writeln!(f, "test   {test} -> logs/{job}/{build}")?;
        }
        if let Some(kops) = &self.kops {
            let (zones, cost) = (kops.zones.join(", "), &kops.estimate);
            writeln!(f, "where  {} in {zones}, Kubernetes {}", kops.project, kops.kubernetes)?;
            writeln!(f, "image  {}", kops.image)?;
            writeln!(
                f,
                "cost   at most {:.2} USD: {:.1} hours at {:.2} (prices of {})",
                cost.usd, cost.hours, cost.usd_per_hour, cost.prices
            )?;
        }
        write!(f, "steps  {}", self.steps.join(" "))
    }
}

impl stage::Reason for Record {
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }

    fn notices(&self) -> Vec<String> {
        match self {
            Self::Planned(_) => Vec::new(),
            Self::Due(due) => due.notices.clone(),
        }
    }
}
