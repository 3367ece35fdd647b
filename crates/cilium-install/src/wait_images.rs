//! Waits until every image that the run's Cilium needs can be pulled, before a cluster is paid for.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use run_record::{Found, Metadata, Plan, write_json_as_is};
use scenario::{Cilium, Provider};
use serde_json::{Map, Value};
use stage::Stage;

use crate::{
    asked::Asked,
    error::Error,
    helm::Helm,
    image::Image,
    images,
    record::{ImageRecord, ImagesRecord},
    waiting::{ImagesError, State, wait_for},
};

/// Waits until every image that `cilium` needs can be pulled.
pub(crate) async fn wait_images(
    stage: &Stage,
    plan: &Plan,
    cilium: &Cilium,
) -> Result<ImagesRecord, Error> {
    let asked = Asked::of(&stage.toolbox, cilium).await?;
    let version = asked.chart.version.clone();
    let names = needed(stage, plan, cilium, &asked).await?;
    let failed = |source: ImagesError| Error::Images { version: version.clone(), source };
    let images: Result<Vec<Image>, _> = names.iter().map(|name| name.parse()).collect();
    let images = images.map_err(|error| failed(ImagesError::Name(error)))?;
    let begun = Instant::now();
    let waiting = wait_for(&images, platform(plan), cilium.image_minutes);
    let there = stage.cancel.guard(waiting).await.ok_or(Error::Cancelled)?.map_err(failed)?;
    note(stage, &there)?;
    Ok(ImagesRecord {
        version: version.clone(),
        images: there.iter().map(record).collect(),
        waited_ms: begun.elapsed().as_millis(),
    })
}

/// The images that may not be there yet. Those of a release are there before its chart is: what the
/// scenario puts in their place is waited for, and nothing else.
async fn needed(
    stage: &Stage,
    plan: &Plan,
    cilium: &Cilium,
    asked: &Asked,
) -> Result<BTreeSet<String>, Error> {
    let released = match cilium.version {
        Some(_) => match images::not_overridden(&asked.values) {
            None => return Ok(BTreeSet::new()),
            released => released,
        },
        None => None,
    };
    let mut needed = rendered(stage, plan, asked, "values.json", &asked.values).await?;
    if let Some(values) = released {
        let there = rendered(stage, plan, asked, "values-released.json", &values).await?;
        needed.retain(|image| !there.contains(image));
    }
    Ok(needed)
}

/// The images in the chart as it is with `values`, which `file` keeps.
async fn rendered(
    stage: &Stage,
    plan: &Plan,
    asked: &Asked,
    file: &str,
    values: &Map<String, Value>,
) -> Result<BTreeSet<String>, Error> {
    let file = stage.run_dir.cilium().join(file);
    // The plan was refused if they held a secret, and Helm must get them as they are.
    write_json_as_is(&file, values).map_err(Error::File)?;
    let version = || asked.chart.version.clone();
    let failed = |source| Error::Render { version: version(), source };
    let helm = Helm::find(stage, plan).await.map_err(failed)?;
    let text = helm.template(&asked.chart.folder, &file, kubernetes(plan)).await.map_err(failed)?;
    images::of(&text).map_err(Error::Manifest)
}

/// The Kubernetes that the chart is rendered for.
fn kubernetes(plan: &Plan) -> &str {
    match &plan.kops {
        Some(kops) => &kops.kubernetes,
        None => &plan.scenario.infra.kwok.kubernetes,
    }
}

/// What the nodes are: the images of Google's machines say it in their name.
fn platform(plan: &Plan) -> &'static str {
    let is_arm = match (plan.provider, &plan.kops) {
        (Provider::Kops, Some(kops)) => kops.image.contains("arm64"),
        _ => cfg!(target_arch = "aarch64"),
    };
    if is_arm { "linux/arm64" } else { "linux/amd64" }
}

fn record(state: &State<'_>) -> ImageRecord {
    let found = state.found();
    ImageRecord {
        image: state.image.to_string(),
        digest: found.and_then(|found| found.digest.clone()),
        platforms: found.map(|found| found.platforms.clone()).unwrap_or_default(),
        looks: state.looks,
    }
}

/// Writes down which bytes the names stand for now: a tag may be given to others later.
fn note(stage: &Stage, there: &[State<'_>]) -> Result<(), Error> {
    let parts = there.iter().filter_map(|state| {
        let name = state.image.repository.rsplit('/').next()?;
        let found = BTreeMap::from([(state.found()?.digest.clone()?, 1)]);
        Some((format!("{name}-digest"), Found { asked: Some(state.image.to_string()), found }))
    });
    let parts: Vec<_> = parts.collect();
    let change = |metadata: &mut Metadata| metadata.versions.0.extend(parts);
    stage.run_dir.update_metadata(change).map_err(Error::File)
}
