//! What there can be of Compute Engine.

/// Collections whose members can be made, deleted, and used by others.
pub(super) const COLLECTIONS: [&str; 15] = [
    "addresses",
    "backendServices",
    "disks",
    "firewalls",
    "forwardingRules",
    "healthChecks",
    "httpHealthChecks",
    "instanceGroupManagers",
    "instanceTemplates",
    "instances",
    "networks",
    "routers",
    "routes",
    "subnetworks",
    "targetPools",
];
