//! The plot of `verdict`.

use std::{ffi::OsString, process::ExitCode};

use stage::{Name, Stage};

use crate::{
    compare::compare, conclude::conclude, error::Error, evidence::Evidence, judge_test::judge,
    outputs, record::Record, report::report, verb::Verb,
};

const NAME: Name = Name {
    name: "verdict",
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
};

/// Does what `args` ask for.
pub fn main(args: Vec<OsString>) -> ExitCode {
    stage::main(NAME, args, run)
}

/// Judges a test, concludes the run or compares two: files in, files out, no clock in a judgement.
async fn run(verb: Verb, stage: &Stage) -> Result<Record, Error> {
    match verb {
        Verb::Judge { test } => {
            let evidence = Evidence::read(&stage.run_dir, &test)?;
            let record = Record::Judgement(Box::new(judge(&evidence)));
            record.write(&stage.run_dir)?;
            Ok(record)
        }
        // A cancel is not looked at here: whoever cancels a run still wants to know how it ended.
        Verb::Conclude { cancelled } => {
            let conclusion = conclude(&stage.run_dir, cancelled)?;
            if let Some(cost) = conclusion.cost.clone() {
                let noted = stage.run_dir.update_metadata(|metadata| metadata.cost = Some(cost));
                noted.map_err(Error::Write)?;
            }
            outputs::tell(&conclusion, &stage.run_dir, &stage.workflow).map_err(Error::Workflow)?;
            let record = Record::Conclusion(Box::new(conclusion));
            stage.workflow.summary(&record.write(&stage.run_dir)?).map_err(Error::Workflow)?;
            Ok(record)
        }
        Verb::Report(args) => {
            // GitHub may take its time, which a runner that cancels does not give.
            let reported = stage.cancel.guard(report(&args, &stage.run_dir)).await;
            Ok(Record::Report(reported.ok_or(Error::Cancelled)??))
        }
        Verb::Compare { baseline, candidate } => {
            Ok(Record::Comparison(Box::new(compare(&baseline, &candidate)?)))
        }
    }
}
