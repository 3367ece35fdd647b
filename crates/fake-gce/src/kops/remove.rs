//! Deletes what was discovered, and then what is in the state store.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    time::{Duration, Instant},
};

use reqwest::Method;
use tokio::time::sleep;

use super::{
    apply::note,
    argv::Argv,
    cloud::{Cloud, CloudError},
    discover::{Found, discover},
    state::{KopsError, Store, said},
};

/// Folders and files that kops knows as its own.
const OWN: [&str; 11] = [
    "config",
    "cluster.spec",
    "cluster-completed.spec",
    "kops-version.txt",
    "addons/",
    "clusteraddons/",
    "pki/",
    "secrets/",
    "instancegroup/",
    "igconfig/",
    "manifests/",
];

/// `delete cluster`.
pub(super) async fn delete(
    cloud: &Cloud,
    store: &Store,
    cluster: &str,
    region: &str,
    argv: &Argv,
    out: &mut (impl Write + Send),
) -> Result<(), KopsError> {
    let failed = |error: std::io::Error| said(error.to_string());
    note("Looking for cloud resources to delete");
    let found = discover(cloud, cluster, region).await?;
    if found.is_empty() {
        writeln!(out, "No cloud resources to delete").map_err(failed)?;
    } else {
        writeln!(out, "TYPE\tNAME\tID").map_err(failed)?;
        for one in &found {
            writeln!(out, "{}\t{}\t{}", one.kind, one.name, one.id).map_err(failed)?;
        }
    }
    if !argv.is_set("yes") {
        let what = if found.is_empty() { "unregister the" } else { "delete" };
        writeln!(out, "\nMust specify --yes to {what} cluster").map_err(failed)?;
        return Ok(());
    }
    writeln!(out).map_err(failed)?;
    remove(cloud, &found, argv, out).await?;
    forget(cloud, store, cluster).await?;
    writeln!(out, "\nDeleted cluster: \"{cluster}\"").map_err(failed)
}

/// A duration as Go writes it: `10m0s`.
fn duration(argv: &Argv, flag: &str, usual: Duration) -> Duration {
    let Some(text) = argv.flag(flag) else { return usual };
    let (mut sum, mut rest) = (Duration::ZERO, text);
    while let Some(at) = rest.find(|letter: char| !letter.is_ascii_digit()) {
        let number: u64 = rest[..at].parse().unwrap_or(0);
        let end = rest[at..].find(|letter: char| letter.is_ascii_digit());
        let unit = &rest[at..end.map_or(rest.len(), |end| at + end)];
        sum += match unit {
            "ms" => Duration::from_millis(number),
            "m" => Duration::from_secs(number * 60),
            "h" => Duration::from_secs(number * 3600),
            _ => Duration::from_secs(number),
        };
        rest = &rest[at + unit.len()..];
    }
    sum
}

async fn remove(
    cloud: &Cloud,
    found: &[Found],
    argv: &Argv,
    out: &mut (impl Write + Send),
) -> Result<(), KopsError> {
    let wait = duration(argv, "wait", Duration::from_secs(600));
    // The real one pauses ten seconds, or what it is told.
    let pause = Duration::from_millis(50);
    let count: u32 = argv.flag("count").and_then(|count| count.parse().ok()).unwrap_or(0);
    let mut before: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in found {
        for blocked in &one.blocks {
            before.entry(blocked).or_default().push(one.key());
        }
    }
    let since = Instant::now();
    let (mut done, mut idle) = (BTreeSet::new(), 0);
    loop {
        if since.elapsed() > wait {
            return Err(said("wait time exceeded during resources deletion"));
        }
        let mut tried = BTreeSet::new();
        loop {
            let phase: Vec<&Found> = found
                .iter()
                .filter(|one| !done.contains(&one.key()) && !tried.contains(&one.key()))
                .filter(|one| {
                    let needs =
                        before.get(one.key().as_str()).into_iter().flatten().chain(&one.blocked);
                    needs.into_iter().all(|need| done.contains(need))
                })
                .collect();
            if phase.is_empty() {
                break;
            }
            for one in phase {
                tried.insert(one.key());
                let line = match delete_one(cloud, one).await {
                    Ok(()) => {
                        idle = 0;
                        done.insert(one.key());
                        "ok".to_owned()
                    }
                    Err(error) if error.is_dependency() => {
                        "still has dependencies, will retry".into()
                    }
                    Err(error) => format!("error deleting resources, will retry: {error}"),
                };
                let _ = writeln!(out, "{}\t{line}", one.key());
            }
        }
        if done.len() == found.len() {
            return Ok(());
        }
        let _ = writeln!(out, "Not all resources deleted; waiting before reattempting deletion");
        idle += 1;
        if count != 0 && idle > count {
            return Err(said("not making progress deleting resources; giving up"));
        }
        sleep(pause).await;
    }
}

async fn delete_one(cloud: &Cloud, one: &Found) -> Result<(), CloudError> {
    if one.kind == "ServiceAccount" {
        return cloud.ask(Method::DELETE, &one.path, None).await.map(drop);
    }
    cloud.delete(&one.path).await
}

/// Strikes the cluster out of the state store, unless something in it is not kops'.
async fn forget(cloud: &Cloud, store: &Store, cluster: &str) -> Result<(), KopsError> {
    let folder = store.file(cluster, "");
    let files = cloud.objects(&store.bucket, &folder).await?;
    for file in &files {
        let name = file.strip_prefix(&folder).unwrap_or_default();
        let own = OWN.iter().any(|own| match own.strip_suffix('/') {
            Some(_) => name.starts_with(own),
            None => name == *own,
        });
        if !own && !name.starts_with("backups/") {
            return Err(said(format!(
                "error removing cluster from state store: refusing to delete: unknown file found: gs://{}/{file}",
                store.bucket
            )));
        }
    }
    for file in &files {
        cloud.remove(&store.bucket, file).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let of = |text: &str| {
            let argv = Argv::read([format!("--wait={text}")]);
            duration(&argv, "wait", Duration::ZERO)
        };

        assert_eq!(of("10m"), Duration::from_secs(600));
        assert_eq!(of("10m0s"), Duration::from_secs(600));
        assert_eq!(of("50s"), Duration::from_secs(50));
        assert_eq!(of("1h2m3s"), Duration::from_secs(3723));
        assert_eq!(of("200ms"), Duration::from_millis(200));
    }
}
