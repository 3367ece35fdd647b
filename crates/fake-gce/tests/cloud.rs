//! A cloud, asked as a client of Google's asks.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use fake_gce::{FakeGce, Fault, FaultPlan, NeverBoots, Rule, Settings, Storage, When};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

const COMPUTE: &str = "https://compute.googleapis.com/compute/v1/projects/p";

struct Cloud {
    fake: FakeGce,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Cloud {
    async fn new() -> Self {
        Self::with(FaultPlan::default(), Duration::ZERO).await
    }

    async fn with(plan: FaultPlan, latency: Duration) -> Self {
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

    async fn send(&self, method: Method, url: &str, body: Value) -> reqwest::Result<(u16, Value)> {
        let request = self.client.request(method, url).bearer_auth("t");
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url =
            if path.starts_with("https") { path.to_owned() } else { format!("{COMPUTE}/{path}") };
        self.send(method, &url, body).await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, Value::Null).await
    }

    async fn make(&self, collection: &str, body: Value) -> Value {
        let (status, operation) = self.ask(Method::POST, collection, body).await;
        assert_eq!(status, 200, "{operation}");
        assert_eq!(operation["status"], "DONE");
        operation
    }

    /// A network with a subnet, a template, and a group of `size` machines.
    async fn group(&self, size: u32) {
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

    async fn delete(&self, path: &str) -> (u16, String) {
        let (status, body) = self.ask(Method::DELETE, path, Value::Null).await;
        (status, body["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn a_name_is_checked_and_made_once() {
    let cloud = Cloud::new().await;
    let name = |length: usize| format!("a{}", "b".repeat(length - 1));

    cloud.make("global/networks", json!({ "name": name(63) })).await;
    let again = cloud.ask(Method::POST, "global/networks", json!({ "name": name(63) })).await;
    let long = cloud.ask(Method::POST, "global/networks", json!({ "name": name(64) })).await;
    let dotted = cloud.ask(Method::POST, "global/networks", json!({ "name": "a.b" })).await;

    assert_eq!((again.0, &again.1["error"]["errors"][0]["reason"]), (409, &json!("alreadyExists")));
    assert_eq!((long.0, dotted.0), (400, 400));
    assert!(
        long.1["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Invalid value for field 'resource.name'")
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_as_google_says_it() {
    let cloud = Cloud::new().await;

    let (status, body) = cloud.get("global/networks/n").await;

    assert_eq!(status, 404);
    assert_eq!(
        body["error"]["message"],
        "The resource 'projects/p/global/networks/n' was not found"
    );
    assert_eq!(body["error"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn nothing_in_use_can_go_and_everything_can_go_in_order() {
    let cloud = Cloud::new().await;
    cloud.group(2).await;
    let in_use = (400, "resourceInUseByAnotherResource".to_owned());
    let well = (200, String::new());

    assert_eq!(cloud.delete("global/networks/n").await, in_use);
    assert_eq!(cloud.delete("regions/us-west1/subnetworks/s").await, in_use);
    assert_eq!(cloud.delete("global/instanceTemplates/t").await, in_use);
    assert_eq!(cloud.delete("zones/us-west1-a/instanceGroupManagers/g").await, well);
    assert_eq!(cloud.delete("global/instanceTemplates/t").await, well);
    assert_eq!(cloud.delete("global/networks/n").await, in_use);
    assert_eq!(cloud.delete("regions/us-west1/subnetworks/s").await, well);
    assert_eq!(cloud.delete("global/networks/n").await, well);
    assert_eq!(cloud.fake.resources(), [""; 0]);
}

#[tokio::test]
async fn a_link_to_nothing_is_refused() {
    let cloud = Cloud::new().await;

    let rule = json!({ "name": "f", "network": "global/networks/nowhere" });
    let (status, body) = cloud.ask(Method::POST, "global/firewalls", rule).await;

    assert_eq!(status, 400);
    assert!(body["error"]["message"].as_str().unwrap().contains("cannot be found"), "{body}");
}

#[tokio::test]
async fn a_group_keeps_its_machines_with_disks_and_addresses() {
    let cloud = Cloud::new().await;
    cloud.group(3).await;
    let managed = "zones/us-west1-a/instanceGroupManagers/g/listManagedInstances";

    let (_, all) = cloud.ask(Method::POST, managed, Value::Null).await;
    let (_, machines) = cloud.get("zones/us-west1-a/instances").await;
    let machine = &machines["items"][0];
    let name = machine["name"].as_str().unwrap();

    assert_eq!(all["managedInstances"].as_array().unwrap().len(), 3);
    assert!(
        all["managedInstances"][0]["version"]["instanceTemplate"].as_str().unwrap().ends_with("/t")
    );
    assert_eq!(machine["status"], "RUNNING");
    assert!(machine["networkInterfaces"][0]["networkIP"].as_str().unwrap().starts_with("10.0.16."));
    assert!(machine["networkInterfaces"][0]["accessConfigs"][0]["natIP"].is_string());
    assert_eq!(cloud.delete(&format!("zones/us-west1-a/disks/{name}")).await.0, 400);

    cloud
        .ask(Method::POST, "zones/us-west1-a/instanceGroupManagers/g/resize?size=1", Value::Null)
        .await;
    assert_eq!(cloud.fake.resources().iter().filter(|name| name.contains("/disks/")).count(), 1);
}

#[tokio::test]
async fn listings_come_in_pages_and_are_filtered() {
    let cloud = Cloud::new().await;
    for number in 0..5 {
        cloud.make("regions/us-west1/addresses", json!({ "name": format!("a-{number}") })).await;
    }
    let (mut names, mut token) = (Vec::new(), String::new());

    loop {
        let (_, page) =
            cloud.get(&format!("regions/us-west1/addresses?maxResults=2&pageToken={token}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let (_, one) = cloud.get("regions/us-west1/addresses/a-3").await;
    let address = one["address"].as_str().unwrap();
    let (_, found) =
        cloud.get(&format!("regions/us-west1/addresses?filter=address%20eq%20{address}")).await;
    let (_, everywhere) = cloud.get("aggregated/addresses").await;

    assert_eq!(names, ["a-0", "a-1", "a-2", "a-3", "a-4"]);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(everywhere["items"]["regions/us-west1"]["addresses"].as_array().unwrap().len(), 5);
    assert_eq!(everywhere["items"]["global"]["warning"]["code"], "NO_RESULTS_ON_PAGE");
}

#[tokio::test]
async fn an_operation_takes_its_time_and_what_it_makes_cannot_be_used_before() {
    let cloud = Cloud::with(FaultPlan::default(), Duration::from_millis(300)).await;

    let (_, operation) = cloud.ask(Method::POST, "global/networks", json!({ "name": "n" })).await;
    let rule = json!({ "name": "f", "network": "global/networks/n" });
    let early = cloud.ask(Method::POST, "global/firewalls", rule.clone()).await;
    let wait = format!("{}/wait", operation["selfLink"].as_str().unwrap());
    let (_, done) = cloud.ask(Method::POST, &wait, Value::Null).await;
    let late = cloud.ask(Method::POST, "global/firewalls", rule).await;

    assert_eq!(operation["status"], "RUNNING");
    assert_eq!(
        (early.0, &early.1["error"]["errors"][0]["reason"]),
        (400, &json!("resourceNotReady"))
    );
    assert_eq!((&done["status"], late.0), (&json!("DONE"), 200));
}

#[tokio::test]
async fn a_policy_of_an_old_etag_is_refused_and_the_dead_stay_in_it() {
    let cloud = Cloud::new().await;
    let accounts = "https://iam.googleapis.com/v1/projects/p/serviceAccounts";
    let project = "https://cloudresourcemanager.googleapis.com/v1/projects/p";
    let account = cloud.ask(Method::POST, accounts, json!({ "accountId": "node-x" })).await.1;
    let email = account["email"].as_str().unwrap();
    let member = format!("serviceAccount:{email}");
    let (_, mut policy) =
        cloud.ask(Method::POST, &format!("{project}:getIamPolicy"), json!({})).await;
    policy["bindings"] = json!([{ "role": "roles/storage.objectViewer", "members": [member] }]);
    let set = format!("{project}:setIamPolicy");

    let first = cloud.ask(Method::POST, &set, json!({ "policy": policy })).await;
    let stale = cloud.ask(Method::POST, &set, json!({ "policy": policy })).await;
    let bucket = "https://storage.googleapis.com/storage/v1/b/state/iam";
    let other = cloud.ask(Method::PUT, bucket, json!({ "bindings": policy["bindings"] })).await;
    cloud.ask(Method::DELETE, &format!("{accounts}/{email}"), Value::Null).await;
    let unknown = cloud.ask(Method::PUT, bucket, json!({ "bindings": policy["bindings"] })).await;

    assert_eq!((first.0, stale.0, other.0, unknown.0), (200, 409, 200, 400));
    let id = account["uniqueId"].as_str().unwrap();
    assert_eq!(
        cloud.fake.resources(),
        [
            format!("iam/bindings/roles/storage.objectViewer/deleted:{member}?uid={id}"),
            format!("storage/state/bindings/roles/storage.objectViewer/deleted:{member}?uid={id}"),
        ]
    );
}

#[tokio::test]
async fn an_object_is_there_for_whoever_was_first() {
    let cloud = Cloud::new().await;
    let upload = "https://storage.googleapis.com/upload/storage/v1/b/state/o?uploadType=media&name=leases%2Fa&ifGenerationMatch=0";

    let first = cloud.ask(Method::POST, upload, json!({ "owner": 1 })).await;
    let second = cloud.ask(Method::POST, upload, json!({ "owner": 2 })).await;
    let object = "https://storage.googleapis.com/storage/v1/b/state/o/leases%2Fa";
    let read = cloud.get(&format!("{object}?alt=media")).await;
    let generation = first.1["generation"].as_str().unwrap();
    let gone = cloud
        .ask(Method::DELETE, &format!("{object}?ifGenerationMatch={generation}"), Value::Null)
        .await;

    assert_eq!((first.0, second.0, read, gone.0), (200, 412, (200, json!({ "owner": 1 })), 204));
    assert_eq!(cloud.fake.mutations(), 0);
}

#[tokio::test]
async fn other_hosts_are_refused_and_recorded() {
    let cloud = Cloud::new().await;

    let other = cloud.send(Method::GET, "https://example.com/", Value::Null).await;
    let address = cloud.send(Method::GET, "https://192.0.2.1/", Value::Null).await;

    assert!(other.is_err() && address.is_err());
    let refused: Vec<String> = cloud
        .fake
        .requests()
        .into_iter()
        .filter(|request| request.refused)
        .map(|request| request.host)
        .collect();
    assert_eq!(refused, ["example.com", "192.0.2.1"]);
}

#[tokio::test]
async fn who_brings_no_token_or_an_expired_one_is_refused() {
    let cloud = Cloud::new().await;

    let none = cloud.client.get(format!("{COMPUTE}/zones")).send().await.unwrap().status();
    cloud.fake.set_plan(FaultPlan { expired_credential: true, ..FaultPlan::default() });
    let expired = cloud.get("zones").await.0;
    let token = cloud.ask(Method::POST, "https://oauth2.googleapis.com/token", json!({})).await;
    let wrong = cloud.get("https://compute.googleapis.com/compute/v1/projects/q").await;
    cloud.fake.set_plan(FaultPlan::default());
    let wrong =
        (wrong.0, cloud.get("https://compute.googleapis.com/compute/v1/projects/q").await.0);

    assert_eq!((none.as_u16(), expired, token.0, wrong), (401, 401, 400, (401, 404)));
    assert_eq!(token.1["error"], "invalid_grant");
}

#[tokio::test]
async fn the_nth_mutation_has_its_fault_and_no_other() {
    let faults = [
        (Fault::quota(), Some(403), false),
        (Fault::status(429), Some(429), false),
        (Fault::operation("QUOTA_EXCEEDED"), Some(200), false),
        (Fault::CutBefore, None, false),
        (Fault::CutAfter, None, true),
    ];
    for (fault, status, is_there) in faults {
        let cloud =
            Cloud::with(FaultPlan::of([Rule::mutation(2, fault.clone())]), Duration::ZERO).await;
        let url = format!("{COMPUTE}/global/networks");

        let first = cloud.send(Method::POST, &url, json!({ "name": "a" })).await.unwrap();
        cloud.get("global/networks").await;
        let second = cloud.send(Method::POST, &url, json!({ "name": "b" })).await;
        let third = cloud.send(Method::POST, &url, json!({ "name": "c" })).await.unwrap();

        assert_eq!((first.0, third.0), (200, 200), "{fault}");
        assert_eq!(second.ok().map(|(status, _)| status), status, "{fault}");
        assert_eq!(
            cloud.fake.resources().contains(&"global/networks/b".into()),
            is_there,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_failed_operation_says_why() {
    let rule = Rule {
        when: When { path: Some("/networks$".into()), ..When::default() },
        fault: Fault::operation("ZONE_RESOURCE_POOL_EXHAUSTED"),
    };
    let cloud = Cloud::with(FaultPlan::of([rule]), Duration::ZERO).await;

    let (_, operation) = cloud.ask(Method::POST, "global/networks", json!({ "name": "n" })).await;

    assert_eq!(operation["status"], "DONE");
    assert_eq!(operation["error"]["errors"][0]["code"], "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert_eq!(operation["httpErrorStatusCode"], 503);
}

#[tokio::test]
async fn a_zone_without_machines_says_so_in_its_group_until_there_are_some() {
    let out = FaultPlan { stock_out: vec!["us-west1-a".into()], ..FaultPlan::default() };
    let cloud = Cloud::with(out, Duration::ZERO).await;
    cloud.group(2).await;
    let group = "zones/us-west1-a/instanceGroupManagers/g";

    let (_, errors) = cloud.get(&format!("{group}/listErrors")).await;
    let (_, none) = cloud.get("zones/us-west1-a/instances").await;
    cloud.fake.set_plan(FaultPlan::default());
    let (_, some) = cloud.get("zones/us-west1-a/instances").await;

    assert_eq!(errors["items"].as_array().unwrap().len(), 2);
    assert_eq!(errors["items"][0]["error"]["code"], "ZONE_RESOURCE_POOL_EXHAUSTED");
    assert_eq!(none.get("items"), None);
    assert_eq!(some["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn quotas_are_shown_and_kept() {
    let plan = json!({ "quotas": { "global": { "NETWORKS": 1 }, "us-west1": { "CPUS": 6 } } });
    let cloud = Cloud::with(serde_json::from_value(plan).unwrap(), Duration::ZERO).await;
    cloud.group(2).await;

    let second = cloud.ask(Method::POST, "global/networks", json!({ "name": "m" })).await;
    let (_, errors) = cloud.get("zones/us-west1-a/instanceGroupManagers/g/listErrors").await;
    let (_, region) = cloud.get("regions/us-west1").await;

    assert_eq!(
        (second.0, &second.1["error"]["errors"][0]["reason"]),
        (403, &json!("quotaExceeded"))
    );
    assert_eq!(errors["items"][0]["error"]["code"], "QUOTA_EXCEEDED");
    let quotas = region["quotas"].as_array().unwrap();
    let cpus = quotas.iter().find(|quota| quota["metric"] == "CPUS").unwrap();
    assert_eq!((&cpus["limit"], &cpus["usage"]), (&json!(6.0), &json!(4.0)));
}

#[tokio::test]
async fn images_and_machine_types_that_are_not_there_are_not_found() {
    let plan = FaultPlan { missing_images: vec!["noble".into()], ..FaultPlan::default() };
    let cloud = Cloud::with(plan, Duration::ZERO).await;
    let images = "https://compute.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images";

    assert_eq!(cloud.get(&format!("{images}/family/ubuntu-2204-lts")).await.0, 200);
    assert_eq!(cloud.get(&format!("{images}/family/ubuntu-1204-lts")).await.0, 404);
    assert_eq!(cloud.get(&format!("{images}/ubuntu-2404-noble-amd64-v20260512")).await.0, 404);
    assert_eq!(cloud.get("zones/us-west1-a/machineTypes/n2-standard-8").await.0, 200);
    assert_eq!(cloud.get("zones/us-west1-a/machineTypes/n2-standard").await.0, 404);
    assert_eq!(cloud.get("zones/us-west1-z/machineTypes/n2-standard-8").await.0, 400);
}

#[tokio::test]
async fn what_somebody_else_has_is_put_there_by_name() {
    let cloud = Cloud::new().await;
    let names = [
        "global/networks/theirs",
        "iam/bindings/roles/viewer/user:a@example.com",
        "iam/serviceAccounts/them@p.iam.gserviceaccount.com",
        "storage/state/bindings/roles/storage.admin/user:a@example.com",
        "us-west1/backendServices/theirs",
    ];

    for name in names {
        cloud.fake.put(name, json!({ "protocol": "TCP" }));
    }

    assert_eq!(cloud.fake.resources(), names);
    assert_eq!(cloud.get("regions/us-west1/backendServices/theirs").await.1["protocol"], "TCP");
}

#[tokio::test]
async fn a_process_is_killed_at_the_very_call() {
    use std::os::unix::process::ExitStatusExt;

    for (at, is_there) in [("before", false), ("after", true)] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pid");
        #[expect(clippy::disallowed_methods, reason = "a test kit has no tools")]
        let mut victim =
            tokio::process::Command::new("sleep").arg("60").kill_on_drop(true).spawn().unwrap();
        std::fs::write(&file, victim.id().unwrap().to_string()).unwrap();
        let signal = json!({ "pid-file": file, "signal": "SIGKILL", "at": at });
        let plan = json!({ "rules": [{ "when": { "class": "mutation" }, "fault": { "signal": signal } }] });
        let cloud = Cloud::with(serde_json::from_value(plan).unwrap(), Duration::ZERO).await;

        let url = format!("{COMPUTE}/global/networks");
        let answer = cloud.send(Method::POST, &url, json!({ "name": "n" })).await;

        assert!(answer.is_err());
        assert_eq!(victim.wait().await.unwrap().signal(), Some(9));
        assert_eq!(!cloud.fake.resources().is_empty(), is_there, "{at}");
    }
}

#[test]
fn a_plan_of_machines_that_never_boot_is_read() {
    let plan: FaultPlan = serde_json::from_str(r#"{"never-boots": {"named": "nodes-"}}"#).unwrap();

    assert_eq!(plan.never_boots, Some(NeverBoots::Named("nodes-".into())));
}

#[tokio::test]
async fn objects_are_in_an_emulator_and_the_policies_of_its_buckets_are_not() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let emulator = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nthey").await.unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let folder = TempDir::new().unwrap();
    let settings = Settings {
        folder: folder.path().to_owned(),
        project: "p".into(),
        storage: Storage::Emulator(url),
        plan: FaultPlan::default(),
        latency: Duration::ZERO,
        boot: None,
    };
    let fake = FakeGce::start(settings).await.unwrap();
    let client = fake.client().unwrap();
    let bucket = "https://storage.googleapis.com/storage/v1/b/state";

    let object =
        client.get(format!("{bucket}/o/a%2Fb?alt=media")).bearer_auth("t").send().await.unwrap();
    let object = object.text().await.unwrap();
    let policy: Value = client
        .get(format!("{bucket}/iam"))
        .bearer_auth("t")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();

    let asked = emulator.await.unwrap();
    assert_eq!((object.as_str(), &policy["kind"]), ("they", &json!("storage#policy")));
    assert!(asked.starts_with("GET /storage/v1/b/state/o/a%2Fb?alt=media HTTP/1.1"), "{asked}");
    assert!(asked.to_lowercase().contains("host: storage.googleapis.com"), "{asked}");
}
