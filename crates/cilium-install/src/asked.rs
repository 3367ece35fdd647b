//! The chart and the values that a scenario asks for, checked against each other.

use scenario::Cilium;
use serde_json::{Map, Value};
use stage::Toolbox;

use crate::{chart::Chart, error::Error, known::Known, unknown::unknown, values::merged};

/// The chart and the values that a scenario asks for.
pub(crate) struct Asked {
    /// The chart.
    pub(crate) chart: Chart,
    /// Its values: ours, those of a commit, and over them the scenario's.
    pub(crate) values: Map<String, Value>,
}

impl Asked {
    /// Finds what `cilium` asks for. Helm would take a mistyped value in silence.
    pub(crate) async fn of(toolbox: &Toolbox, cilium: &Cilium) -> Result<Self, Error> {
        let chart = Chart::find(toolbox, cilium).await.map_err(Error::Chart)?;
        let version = || chart.version.clone();
        let known = Known::of_chart(&chart.folder)
            .map_err(|source| Error::Known { version: version(), source })?;
        unknown(&cilium.values, &known)
            .map_err(|unknown| Error::Values { version: version(), unknown })?;
        let values = merged(&cilium.values, cilium.sha.as_deref(), &known);
        Ok(Self { chart, values })
    }
}
