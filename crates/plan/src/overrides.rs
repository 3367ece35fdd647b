//! Overrides that are not said as such: the Cilium that is asked for, and the caller's variables.

use scenario::Override;
use stage::Workflow;

use crate::error::Error;

/// The one that chooses `version` of Cilium.
pub(crate) fn of_cilium(version: &str) -> Result<Override, Error> {
    format!("cilium.version={version}").parse().map_err(Error::Arguments)
}

/// The caller's variables of ClusterLoader2. They change what is measured, as an override does: they
/// are written down with them, so that a build made under others is no baseline.
pub(crate) fn of_variables() -> Result<Vec<Override>, Error> {
    let variables = Workflow::cl2_variables().into_iter();
    variables
        .map(|(name, value)| format!("{name}={value}").parse().map_err(Error::Arguments))
        .collect()
}
