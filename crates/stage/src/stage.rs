//! What every verb of a stage is given.

use run_record::RunDir;

use crate::{cancel::Cancel, toolbox::Toolbox, workflow::Workflow};

/// What every verb of a stage is given.
#[derive(Debug)]
pub struct Stage {
    /// The files of the run.
    pub run_dir: RunDir,
    /// Whether somebody asked this process to stop.
    pub cancel: Cancel,
    /// Finds the programs that the stage runs, and remembers which were used.
    pub toolbox: Toolbox,
    /// GitHub's side of the step.
    pub workflow: Workflow,
}
