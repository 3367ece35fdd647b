//! A cloud of one test, and ways to ask it.

use std::time::Duration;

use fake_gce::{FakeGce, FaultPlan, Settings, Storage};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const COMPUTE: &str = "https://compute.googleapis.com/compute/v1/projects/p";

pub(crate) struct Cloud {
    pub(crate) fake: FakeGce,
    pub(crate) client: reqwest::Client,
    _folder: TempDir,
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        Self::with(FaultPlan::default(), Duration::ZERO).await
    }

    pub(crate) async fn with(plan: FaultPlan, latency: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let settings = Settings {
            folder: folder.path().to_owned(),
            project: "p".into(),
            storage: Storage::BuiltIn(vec!["state".into()]),
            plan,
            latency,
            boot: None,
        };
        let fake = FakeGce::start(settings).await.unwrap();
        let client = fake.client().unwrap();
        Self { fake, client, _folder: folder }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        body: Value,
    ) -> reqwest::Result<(u16, Value)> {
        let request = self.client.request(method, url).bearer_auth("t");
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url =
            if path.starts_with("https") { path.to_owned() } else { format!("{COMPUTE}/{path}") };
        self.send(method, &url, body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn make(&self, collection: &str, body: Value) -> Value {
        let (status, operation) = self.ask(Method::POST, collection, body).await;
        assert_eq!(status, 200, "{operation}");
        assert_eq!(operation["status"], "DONE");
        operation
    }

    /// A network with a subnet, a template, and a group of `size` machines.
    pub(crate) async fn group(&self, size: u32) {
        self.make("global/networks", json!({ "name": "n", "autoCreateSubnetworks": false })).await;
        let subnet = json!({
            "name": "s", "ipCidrRange": "10.0.16.0/20", "network": format!("{COMPUTE}/global/networks/n"),
        });
        self.make("regions/us-west1/subnetworks", subnet).await;
        let image = "https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20260512";
        let template = json!({
            "name": "t",
            "properties": {
                "machineType": "n2-standard-4",
                "disks": [{ "boot": true, "autoDelete": true, "initializeParams": { "sourceImage": image, "diskSizeGb": "20" } }],
                "networkInterfaces": [{
                    "network": format!("{COMPUTE}/global/networks/n"),
                    "subnetwork": format!("{COMPUTE}/regions/us-west1/subnetworks/s"),
                    "accessConfigs": [{ "type": "ONE_TO_ONE_NAT" }],
                }],
            },
        });
        self.make("global/instanceTemplates", template).await;
        let group = json!({
            "name": "g", "baseInstanceName": "nodes", "targetSize": size,
            "instanceTemplate": format!("{COMPUTE}/global/instanceTemplates/t"),
        });
        self.make("zones/us-west1-a/instanceGroupManagers", group).await;
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, String) {
        let (status, body) = self.ask(Method::DELETE, path, Value::Null).await;
        (status, body["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned())
    }
}
