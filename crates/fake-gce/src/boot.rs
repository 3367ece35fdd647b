//! Boots control planes, and makes nodes of machines.

mod clusters;
mod control_plane;
mod keyset;
mod node;
mod program;

use std::{
    collections::BTreeMap,
    error::Error,
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::{compute, shared::Shared};
use clusters::{Cluster, clusters};
use control_plane::{BootError, ControlPlane, folder};

/// How often the machines are looked at: they come up by the clock, so nothing can be waited for.
const LOOK: Duration = Duration::from_millis(200);

/// What boots control planes while the cloud is there.
#[derive(Debug)]
pub(crate) struct Booting {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

enum State {
    Boots(JoinHandle<Result<ControlPlane, BootError>>),
    Up(Box<ControlPlane>),
    /// It did not boot, and will not until its machines are others.
    Failed,
}

impl Booting {
    /// Boots control planes with `program` from now on.
    pub(crate) fn start(shared: Arc<Shared>, root: &Path, program: PathBuf) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(shared, root.to_owned(), program, stopped));
        Self { stop, task }
    }

    /// Ends what was booted.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // An error is a panic, which was seen.
        let _ = self.task.await;
    }
}

async fn run(
    shared: Arc<Shared>,
    root: PathBuf,
    program: PathBuf,
    mut stopped: watch::Receiver<bool>,
) {
    let mut states: BTreeMap<String, State> = BTreeMap::new();
    let mut boots: BTreeMap<String, u32> = BTreeMap::new();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stopped| *stopped) => break,
        }
        let seen = {
            let mut world = shared.world();
            compute::settle(&mut world, Instant::now());
            clusters(&world)
        };
        let gone: Vec<String> =
            states.keys().filter(|name| !seen.iter().any(|c| c.name == **name)).cloned().collect();
        for name in gone {
            if let Some(state) = states.remove(&name) {
                end(&shared, state).await;
            }
        }
        for cluster in seen {
            let state = states.remove(&cluster.name);
            let nth = boots.entry(cluster.name.clone()).or_insert(0);
            if state.is_none() && cluster.is_up() {
                *nth += 1;
            }
            let folder = folder(&root, &cluster.name, *nth);
            if let Some(state) = next(&shared, folder, &program, &cluster, state).await {
                states.insert(cluster.name, state);
            }
        }
    }
    for state in states.into_values() {
        end(&shared, state).await;
    }
}

/// What becomes of a cluster at this look.
async fn next(
    shared: &Arc<Shared>,
    folder: PathBuf,
    program: &Path,
    cluster: &Cluster,
    state: Option<State>,
) -> Option<State> {
    match state {
        None if cluster.is_up() => Some(State::Boots(tokio::spawn(ControlPlane::boot(
            shared.clone(),
            program.to_owned(),
            folder,
            cluster.clone(),
        )))),
        None => None,
        Some(State::Boots(task)) if task.is_finished() => Some(match task.await {
            Ok(Ok(plane)) => State::Up(Box::new(plane)),
            Ok(Err(error)) => {
                note(&folder, &error);
                State::Failed
            }
            Err(_) => State::Failed,
        }),
        Some(State::Up(mut plane)) => {
            for address in &cluster.addresses {
                shared.tunnels().insert(address.clone(), plane.address());
            }
            plane.keep_nodes(&cluster.machines).await;
            Some(State::Up(plane))
        }
        other => other,
    }
}

async fn end(shared: &Shared, state: State) {
    let plane = match state {
        State::Boots(task) => task.await.ok().and_then(Result::ok),
        State::Up(plane) => Some(*plane),
        State::Failed => None,
    };
    if let Some(plane) = plane {
        let address = plane.address();
        shared.tunnels().retain(|_, there| *there != address);
        plane.stop().await;
    }
}

/// Why a control plane did not boot, at the end of its log.
fn note(folder: &Path, error: &dyn Error) {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    let file = OpenOptions::new().append(true).create(true).open(folder.join("boot.log"));
    // A folder that cannot be written shows in what is missing there.
    let _ = file.and_then(|mut file| writeln!(file, "{said}"));
}
