//! What all connections of the fake share.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{authority::Authority, choose::Chooser, emulator::Emulator, log::Log, world::World};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) authority: Authority,
    pub(crate) log: Arc<Log>,
    /// The store that objects are in, if they are not in the world itself.
    pub(crate) emulator: Option<Emulator>,
    world: Mutex<World>,
    chooser: Mutex<Chooser>,
    tunnels: Mutex<BTreeMap<String, SocketAddr>>,
}

impl Shared {
    pub(crate) fn new(
        authority: Authority,
        log: Arc<Log>,
        emulator: Option<Emulator>,
        world: World,
        chooser: Chooser,
    ) -> Self {
        Self {
            authority,
            log,
            emulator,
            world: Mutex::new(world),
            chooser: Mutex::new(chooser),
            tunnels: Mutex::default(),
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn chooser(&self) -> MutexGuard<'_, Chooser> {
        self.chooser.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the API servers are that stand behind addresses of the cloud.
    pub(crate) fn tunnels(&self) -> MutexGuard<'_, BTreeMap<String, SocketAddr>> {
        self.tunnels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an address was handed out for the API of a cluster.
    pub(crate) fn is_api_address(&self, host: &str) -> bool {
        let world = self.world();
        let rules = world.all("forwardingRules").map(|(_, rule)| rule.text("IPAddress"));
        let addresses = world.all("addresses").map(|(_, address)| address.text("address"));
        rules.chain(addresses).any(|address| address == host)
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
}
