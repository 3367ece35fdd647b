//! IAM, buckets, other hosts, and what somebody else has.

use std::time::Duration;

use fake_gce::{FakeGce, FaultPlan, Settings, Storage};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cloud::Cloud;

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
