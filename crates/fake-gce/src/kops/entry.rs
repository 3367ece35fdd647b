//! What the stand-in can be told.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    process::ExitCode,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};

use super::{
    apply::apply,
    argv::Argv,
    cloud::Cloud,
    plan::Plan,
    remove::delete,
    state::{KopsError, Store, cluster, first_groups, group, said},
};
use crate::boot::ClusterAuthority;

/// The version that it plays.
const VERSION: &str = "1.36.1";

/// The file of a cluster's authority in the state store.
const KEYSET: &str = "pki/private/kubernetes-ca/keyset.yaml";

/// The `main` of `fake-kops`; `args` begin with its name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let args = args.into_iter().skip(1).map(|arg| arg.to_string_lossy().into_owned());
    let argv = Argv::read(args);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(&argv)),
        Err(error) => Err(said(error.to_string())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "Error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(argv: &Argv) -> Result<(), KopsError> {
    let mut out = io::stdout();
    match argv.words()[..] {
        ["version"] | [] => {
            let text = if argv.is_set("short") {
                VERSION.into()
            } else {
                format!("Client version: {VERSION}")
            };
            return say(&mut out, &text);
        }
        ["create", "cluster", ..] => return create(argv).await,
        ["replace"] => return replace(argv).await,
        _ => {}
    }
    let store = Store::of(argv)?;
    let name = name(argv)?;
    // The project stands in the cluster, and the cluster in a bucket, which needs no project.
    let mut cloud = Cloud::sign_in("").await?;
    let found = store.cluster(&cloud, &name).await?;
    cloud.project = found["spec"]["project"].as_str().unwrap_or_default().to_owned();
    match argv.words()[..] {
        ["create", "ig" | "instancegroup", ig] => {
            create_group(argv, &cloud, &store, &name, &found, ig).await
        }
        ["edit", "ig" | "instancegroup", ig] => edit_group(argv, &cloud, &store, &name, ig).await,
        ["update", "cluster", ..] => {
            if !argv.is_set("yes") {
                return say(&mut out, "\nMust specify --yes to apply changes");
            }
            update(&cloud, &store, &name, &found).await
        }
        ["delete", "cluster", ..] => {
            let region = found["spec"]["region"].as_str().unwrap_or_default();
            delete(&cloud, &store, &name, region, argv, &mut out).await
        }
        ["export", "kubeconfig", ..] => export(argv, &cloud, &store, &name, &found).await,
        ["validate", "cluster", ..] => validate(argv, &cloud, &name, &found).await,
        ["get", "cluster" | "clusters", ..] => say(&mut out, &name),
        _ => Err(said(format!("unknown command {:?} for \"kops\"", argv.words().join(" ")))),
    }
}

fn say(out: &mut impl Write, text: &str) -> Result<(), KopsError> {
    writeln!(out, "{text}").map_err(|error| said(error.to_string()))
}

fn name(argv: &Argv) -> Result<String, KopsError> {
    let given = argv
        .flag("name")
        .map(str::to_owned)
        .or_else(|| argv.words().get(2).map(ToString::to_string));
    given.ok_or_else(|| said("--name is required"))
}

async fn create(argv: &Argv) -> Result<(), KopsError> {
    let store = Store::of(argv)?;
    let name = name(argv)?;
    let described = cluster(&name, argv)?;
    let project = argv.flag("project").unwrap_or_default();
    let cloud = Cloud::sign_in(project).await?;
    if store.read(&cloud, &name, "config").await?.is_some() {
        return Err(said(format!(
            "cluster {name:?} already exists; use 'kops update cluster' to apply changes"
        )));
    }
    // Asks for the zones, and so finds out what is wrong with project or credential.
    cloud.list("zones", "items").await?;
    store.write(&cloud, &name, "config", &described).await?;
    for group in first_groups(&described, argv) {
        let of = group["metadata"]["name"].as_str().unwrap_or_default();
        store.write(&cloud, &name, &format!("instancegroup/{of}"), &group).await?;
    }
    if argv.is_set("yes") { update(&cloud, &store, &name, &described).await } else { Ok(()) }
}

async fn update(cloud: &Cloud, store: &Store, name: &str, found: &Value) -> Result<(), KopsError> {
    let groups = store.groups(cloud, name).await?;
    let there = cloud.read(&store.bucket, &store.file(name, KEYSET)).await?;
    let keyset = match there {
        Some(_) => None,
        None => Some(keyset().map_err(|error| said(error.to_string()))?),
    };
    let plan = Plan { cluster: name, spec: &found["spec"], groups: &groups, store, keyset };
    apply(cloud, &plan).await?;
    say(&mut io::stdout(), "\nCluster is starting.  It should be ready in a few minutes.")
}

/// A new authority, as kops keeps it.
fn keyset() -> Result<String, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "kubernetes-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    let key = KeyPair::generate()?;
    let certificate = BASE64_STANDARD.encode(params.self_signed(&key)?.pem());
    let key = BASE64_STANDARD.encode(key.serialize_pem());
    Ok(format!(
        "apiVersion: kops.k8s.io/v1alpha2\nkind: Keyset\nmetadata:\n  name: kubernetes-ca\nspec:\n  keys:\n  - id: \"1\"\n    \
         privateMaterial: {key}\n    publicMaterial: {certificate}\n  primaryId: \"1\"\n  type: Keypair\n"
    ))
}

async fn replace(argv: &Argv) -> Result<(), KopsError> {
    let store = Store::of(argv)?;
    let file = argv.flag("filename").ok_or_else(|| said("must specify -f"))?;
    let mut text = String::new();
    match file {
        "-" => drop(io::stdin().read_to_string(&mut text)),
        path => {
            text = fs::read_to_string(path)
                .map_err(|error| said(format!("error reading file {path:?}: {error}")))?
        }
    }
    let cloud = Cloud::sign_in("").await?;
    for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let document =
            document.map_err(|error| said(format!("error parsing file {file:?}: {error}")))?;
        let own = document["metadata"]["name"].as_str().unwrap_or_default();
        let (cluster, place) = match document["kind"].as_str() {
            Some("Cluster") => (own, "config".to_owned()),
            Some("InstanceGroup") => {
                let of = document["metadata"]["labels"]["kops.k8s.io/cluster"].as_str();
                (of.unwrap_or_default(), format!("instancegroup/{own}"))
            }
            other => return Err(said(format!("unhandled kind {other:?}"))),
        };
        if store.read(&cloud, cluster, "config").await?.is_none() {
            return Err(said(format!("cluster {cluster:?} not found")));
        }
        if store.read(&cloud, cluster, &place).await?.is_none() && !argv.is_set("force") {
            return Err(said(format!("{own:?} does not exist (try adding --force flag)")));
        }
        store.write(&cloud, cluster, &place, &document).await?;
    }
    Ok(())
}

async fn create_group(
    argv: &Argv,
    cloud: &Cloud,
    store: &Store,
    name: &str,
    found: &Value,
    ig: &str,
) -> Result<(), KopsError> {
    let zone = argv.flag("zone").or(argv.flag("zones"));
    let zone = zone.ok_or_else(|| said("zone flag is required for GCE clusters"))?;
    let role = if argv.flag("role") == Some("control-plane") { "ControlPlane" } else { "Node" };
    let described = group(found, ig, role, zone, 2, "e2-medium");
    store.write(cloud, name, &format!("instancegroup/{ig}"), &described).await
}

async fn edit_group(
    argv: &Argv,
    cloud: &Cloud,
    store: &Store,
    name: &str,
    ig: &str,
) -> Result<(), KopsError> {
    let place = format!("instancegroup/{ig}");
    let found = store.read(cloud, name, &place).await?;
    let mut found = found.ok_or_else(|| said(format!("InstanceGroup {ig:?} not found")))?;
    for line in argv.all("set") {
        let (key, value) =
            line.split_once('=').ok_or_else(|| said(format!("unhandled set: {line}")))?;
        let key =
            key.strip_prefix("spec.").ok_or_else(|| said(format!("unhandled set: {line}")))?;
        found["spec"][key] = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    }
    store.write(cloud, name, &place, &found).await
}

/// The forwarding rule of the API from outside.
async fn api(cloud: &Cloud, name: &str, found: &Value) -> Result<String, KopsError> {
    let region = found["spec"]["region"].as_str().unwrap_or_default();
    let rules = cloud.list(&format!("regions/{region}/forwardingRules"), "items").await?;
    let safe = super::names::safe(name);
    let rule = rules.iter().find(|rule| {
        rule["loadBalancingScheme"] == "EXTERNAL" && rule["labels"]["k8s-io-cluster-name"] == safe
    });
    let address = rule.and_then(|rule| rule["IPAddress"].as_str()).map(str::to_owned);
    address.ok_or_else(|| said("cannot build kubeconfig: no API address found"))
}

async fn export(
    argv: &Argv,
    cloud: &Cloud,
    store: &Store,
    name: &str,
    found: &Value,
) -> Result<(), KopsError> {
    let address = api(cloud, name, found).await?;
    let text = cloud.read(&store.bucket, &store.file(name, KEYSET)).await?;
    let text = text.ok_or_else(|| said("error fetching CA keyset: not found"))?;
    let authority = ClusterAuthority::read(&text).map_err(|error| said(error.to_string()))?;
    let admin = authority.client().map_err(|error| said(error.to_string()))?;
    let data = |pem: &str| BASE64_STANDARD.encode(pem);
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{ "name": name, "cluster": {
            "server": format!("https://{address}"),
            "tls-server-name": format!("api.internal.{name}"),
            "certificate-authority-data": data(authority.certificate()),
        } }],
        "users": [{ "name": name, "user": {
            "client-certificate-data": data(&admin.certificate), "client-key-data": data(&admin.key),
        } }],
        "contexts": [{ "name": name, "context": { "cluster": name, "user": name } }],
    });
    let file = argv.flag("kubeconfig").map(str::to_owned).or_else(|| env::var("KUBECONFIG").ok());
    let file = file.ok_or_else(|| said("no kubeconfig: give --kubeconfig"))?;
    fs::write(&file, kubeconfig.to_string()).map_err(|error| said(format!("{file}: {error}")))
}

/// Whether as many machines run as were asked for; what is on them it does not see.
async fn validate(argv: &Argv, cloud: &Cloud, name: &str, found: &Value) -> Result<(), KopsError> {
    let region = found["spec"]["region"].as_str().unwrap_or_default();
    let safe = super::names::safe(name);
    let mut failures = Vec::new();
    let mut nodes = Vec::new();
    for zone in crate::catalog::zones().filter(|zone| crate::catalog::region_of(zone) == region) {
        for group in cloud.list(&format!("zones/{zone}/instanceGroupManagers"), "items").await? {
            let of = group["name"].as_str().unwrap_or_default();
            if !of.ends_with(&safe) {
                continue;
            }
            let listed = cloud
                .list(
                    &format!("zones/{zone}/instanceGroupManagers/{of}/listManagedInstances"),
                    "managedInstances",
                )
                .await?;
            for machine in listed {
                let link = machine["instance"].as_str().unwrap_or_default();
                let short = link.rsplit('/').next().unwrap_or_default();
                if machine["instanceStatus"] == "RUNNING" {
                    nodes.push(json!({ "name": short, "zone": zone, "role": "node", "hostname": short, "status": "True" }));
                } else {
                    let message = format!("machine {link:?} has not yet joined cluster");
                    failures.push(json!({ "type": "Machine", "name": link, "message": message }));
                }
            }
        }
    }
    let result = json!({ "failures": failures, "nodes": nodes });
    let mut out = io::stdout();
    match argv.flag("output") {
        Some("json") => say(&mut out, &result.to_string())?,
        _ => say(&mut out, &format!("{} nodes, {} failures", nodes.len(), failures.len()))?,
    }
    if failures.is_empty() && !nodes.is_empty() {
        return Ok(());
    }
    Err(said("Validation failed: cluster not yet healthy"))
}
