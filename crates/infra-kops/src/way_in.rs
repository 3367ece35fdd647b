//! The way in: a kubeconfig of the run, and an API server that answers to it.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    time::{Duration, Instant},
};

use kube::Client;
use run_record::{FileError, KopsPlan, Plan};
use stage::{Progress, Stage};
use tokio::time::{sleep, timeout};

use crate::{
    build_error::BuildError,
    flags,
    gce::{Google, Machine, machines},
    kops_step,
};

/// Mode of the folder of credentials.
const PRIVATE: u32 = 0o700;

/// Time between two looks at the API server: it costs one connection.
const LOOK: Duration = Duration::from_secs(2);

/// Time between two looks at the machines: their listing counts against a quota.
const LOOK_AT_MACHINES: Duration = Duration::from_secs(10);

/// Longest time for one answer: a machine that boots lets connections hang.
const ANSWER: Duration = Duration::from_secs(5);

/// Writes the kubeconfig of the run anew.
pub(crate) async fn write(stage: &Stage, plan: &Plan, kops: &KopsPlan) -> Result<(), BuildError> {
    let file = stage.run_dir.kubeconfig();
    let private = stage.run_dir.private();
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE)
        .create(&private)
        .map_err(|source| FileError::Write { path: private, source })?;
    let args = flags::kubeconfig(plan, kops, &file.display().to_string());
    kops_step::run(stage, plan, "export a kubeconfig", &args).await?;
    Ok(())
}

/// Waits until the API server answers, and looks at the machines of `groups` meanwhile: where there
/// is no room for one, there never will be an answer.
pub(crate) async fn wait(
    stage: &Stage,
    google: &Google,
    zone: &str,
    groups: &[String],
    minutes: u32,
) -> Result<Client, BuildError> {
    let client = stage::client(&stage.run_dir).await?;
    let end = Instant::now() + Duration::from_secs(60 * u64::from(minutes));
    let progress = Progress::default();
    let (mut looked, mut found) = (None::<Instant>, String::new());
    loop {
        let last = match timeout(ANSWER, client.apiserver_version()).await {
            Ok(Ok(_)) => return Ok(client),
            Ok(Err(error)) => stage::chain(&error).pop().unwrap_or_default(),
            Err(_) => "no answer".into(),
        };
        if looked.is_none_or(|at| at.elapsed() >= LOOK_AT_MACHINES) {
            found = running(google, zone, groups).await?;
            looked = Some(Instant::now());
        }
        progress.say(&format!("{found}; the API server: {last}"));
        if Instant::now() >= end {
            return Err(BuildError::NoApi { minutes, last: format!("{found}; {last}") });
        }
        stage.cancel.guard(sleep(LOOK)).await.ok_or(BuildError::Cancelled)?;
    }
}

/// How many machines of the groups run; an error if one cannot be made.
async fn running(google: &Google, zone: &str, groups: &[String]) -> Result<String, BuildError> {
    let (mut run, mut all) = (0, 0);
    for group in groups {
        let found = machines(google, zone, group).await?;
        if let Some(error) = failed(&found, group, zone) {
            return Err(error);
        }
        run += found.iter().filter(|machine| machine.status == "RUNNING").count();
        all += found.len();
    }
    Ok(format!("{run} of {all} machines run"))
}

/// The first machine that cannot be made and why, if that will not change by itself.
pub(crate) fn failed(found: &[Machine], group: &str, zone: &str) -> Option<BuildError> {
    let mut failures = found.iter().filter(|machine| machine.status != "RUNNING");
    failures.find_map(|machine| {
        let (trouble, said) = machine.failure.clone()?;
        // Google makes the machine again by itself, and what is worth another attempt may help.
        (trouble.rule().attempts == 1).then(|| BuildError::Machines {
            group: group.into(),
            zone: zone.into(),
            trouble,
            said,
        })
    })
}
