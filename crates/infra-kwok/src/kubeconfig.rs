//! Kubeconfigs: who signs in where, by the names of files, so that no credential is ever printed.

use run_record::{FileError, RunDir, write_json_as_is};
use serde_json::{Value, json};

use crate::{pki::Client, ports::Ports, private::Private};

/// Writes the kubeconfig of everybody who has one; the admin's is the run's.
pub(crate) fn write(
    run_dir: &RunDir,
    private: &Private,
    cluster: &str,
    ports: Ports,
) -> Result<(), FileError> {
    for client in [Client::ControllerManager, Client::Scheduler, Client::Kwok] {
        let path = private.config(&format!("{}.kubeconfig", client.name()));
        write_json_as_is(&path, &content(private, cluster, client, ports.api))?;
    }
    write_admin(run_dir, private, cluster, ports.api)
}

/// Writes the kubeconfig of the run.
pub(crate) fn write_admin(
    run_dir: &RunDir,
    private: &Private,
    cluster: &str,
    api: u16,
) -> Result<(), FileError> {
    write_json_as_is(&run_dir.kubeconfig(), &content(private, cluster, Client::Admin, api))
}

/// A kubeconfig; JSON is YAML.
pub(crate) fn content(private: &Private, cluster: &str, client: Client, port: u16) -> Value {
    let name = client.name();
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": cluster,
        "clusters": [{
            "name": cluster,
            "cluster": {
                "server": format!("https://127.0.0.1:{port}"),
                "certificate-authority": private.pki("ca.crt"),
            },
        }],
        "users": [{
            "name": name,
            "user": {
                "client-certificate": private.pki(&format!("{name}.crt")),
                "client-key": private.pki(&format!("{name}.key")),
            },
        }],
        "contexts": [{ "name": cluster, "context": { "cluster": cluster, "user": name } }],
    })
}
