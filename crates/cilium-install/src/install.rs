//! Installs the chart, and holds what is in effect against what was asked for.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment},
    core::v1::{ConfigMap, PodSpec, Secret},
};
use kube::{
    Api, Client,
    api::{DeleteParams, ListParams},
};
use run_record::{Format, Found, Plan, write_json_as_is, write_whole};
use scenario::{Cilium, Provider};
use stage::Stage;

use crate::{
    asked::Asked,
    chart::Chart,
    cluster::connect,
    crds,
    effective::{self, Difference, none_of},
    error::Error,
    helm::{Helm, HelmError, RELEASE},
    installed::{CONFIG, Installed, Kind, Manifest, NAMESPACE, Workload},
    ready,
    record::InstallRecord,
};

/// Installs `cilium`, or changes what is installed to it.
pub(crate) async fn install(
    stage: &Stage,
    plan: &Plan,
    cilium: &Cilium,
) -> Result<InstallRecord, Error> {
    let Asked { chart, values } = Asked::of(&stage.toolbox, cilium).await?;
    let version = &chart.version;
    let folder = stage.run_dir.cilium();
    // The plan was refused if they held a secret, and Helm must get them as they are.
    write_json_as_is(&folder.join("values.json"), &values).map_err(Error::File)?;

    let helm_failed = |source: HelmError| Error::Helm { version: version.clone(), source };
    let helm = Helm::find(stage, plan).await.map_err(helm_failed)?;
    let client = connect(stage).await?;
    let crds = serve_crds(stage, plan, &client, &chart).await?;
    forget_unfinished(&client).await?;
    helm.upgrade(&chart.folder, &folder.join("values.json")).await.map_err(helm_failed)?;
    tracing::info!("installed the chart of Cilium {version}");

    let rendered = helm.manifest().await.map_err(helm_failed)?;
    let Manifest { text, config, workloads } =
        Manifest::read(&rendered).map_err(Error::Manifest)?;
    let installed =
        Installed { format: Format, version: version.clone(), values, config, workloads };
    write_whole(&folder.join("manifest.yaml"), text.as_bytes()).map_err(Error::File)?;
    write_json_as_is(&folder.join("installed.json"), &installed).map_err(Error::File)?;
    note(stage, cilium, &installed)?;

    let mut differences = effective::version(&installed);
    let taken = helm.values().await.map_err(helm_failed)?;
    differences.extend(effective::values(&installed.values, &taken));
    differences.extend(in_cluster(&client, &installed).await?);
    none_of(differences).map_err(Error::Effective)?;
    Ok(InstallRecord {
        version: version.clone(),
        config_keys: installed.config.len(),
        images: installed.workloads.into_iter().map(|one| (one.name, one.images)).collect(),
        crds,
    })
}

/// On real nodes the operator creates the CRDs.
async fn serve_crds(
    stage: &Stage,
    plan: &Plan,
    client: &Client,
    chart: &Chart,
) -> Result<Vec<String>, Error> {
    match plan.provider {
        Provider::Kops => Ok(Vec::new()),
        Provider::Kwok => stage
            .cancel
            .guard(crds::serve(client, &chart.crds))
            .await
            .ok_or(Error::Cancelled)?
            .map_err(|source| Error::Crds { version: chart.version.clone(), source }),
    }
}

/// Removes revisions that a killed helm left half-done: the next one would refuse to begin.
async fn forget_unfinished(client: &Client) -> Result<(), Error> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), NAMESPACE);
    let unfinished = format!(
        "owner=helm,name={RELEASE},status in (pending-install,pending-upgrade,pending-rollback)"
    );
    secrets
        .delete_collection(&DeleteParams::default(), &ListParams::default().labels(&unfinished))
        .await
        .map_err(api_error("remove the unfinished revisions of an earlier helm"))?;
    Ok(())
}

/// What the cluster holds and was not rendered.
async fn in_cluster(client: &Client, installed: &Installed) -> Result<Vec<Difference>, Error> {
    let configs: Api<ConfigMap> = Api::namespaced(client.clone(), NAMESPACE);
    let config = configs.get(CONFIG).await.map_err(api_error("read cilium-config"))?;
    let mut differences = effective::config(&installed.config, &config.data.unwrap_or_default());
    for workload in &installed.workloads {
        let found =
            images(client, workload).await.map_err(api_error("read a workload of Cilium"))?;
        differences.extend(effective::images(&workload.name, &workload.images, &found));
    }
    Ok(differences)
}

async fn images(
    client: &Client,
    workload: &Workload,
) -> Result<BTreeMap<String, String>, kube::Error> {
    let pod: Option<PodSpec> = match workload.kind {
        Kind::DaemonSet => {
            let api: Api<DaemonSet> = Api::namespaced(client.clone(), NAMESPACE);
            api.get(&workload.name).await?.spec.template.spec
        }
        Kind::Deployment => {
            let api: Api<Deployment> = Api::namespaced(client.clone(), NAMESPACE);
            api.get(&workload.name).await?.spec.template.spec
        }
    };
    Ok(pod.as_ref().map(ready::images).unwrap_or_default())
}

fn api_error(what: &'static str) -> impl Fn(kube::Error) -> Error {
    move |source| Error::Api { what, source: Box::new(source) }
}

/// Writes down what was asked for, and which helm it was.
fn note(stage: &Stage, cilium: &Cilium, installed: &Installed) -> Result<(), Error> {
    let asked = [&cilium.version, &cilium.sha, &cilium.chart].into_iter().flatten().next().cloned();
    let helm = stage.toolbox.used().into_iter().find(|tool| tool.name == "helm");
    let change = |metadata: &mut run_record::Metadata| {
        let versions = &mut metadata.versions.0;
        versions.entry("cilium".into()).or_default().asked = asked;
        for workload in &installed.workloads {
            let part = versions.entry(format!("{}-image", workload.name)).or_default();
            part.asked = workload.main_image().map(str::to_owned);
        }
        if let Some(helm) = helm {
            let found = BTreeMap::from([(helm.version, 1)]);
            versions.insert("helm".into(), Found { asked: None, found });
        }
    };
    stage.run_dir.update_metadata(change).map_err(Error::File)
}
