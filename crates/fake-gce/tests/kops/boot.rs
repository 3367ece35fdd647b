//! A program that boots control planes: when it is started, what it is told, who gets through to it, and
//! when it ends. Nodes need a real API server: the lanes of infra-kops have one.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fake_gce::{FaultPlan, NeverBoots};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::cloud::Cloud;

/// Longest that anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says whom it was started for, and that it was ended.
const PROGRAM: &str = r#"#!/bin/sh
echo "$FAKE_GCE_CLUSTER $FAKE_GCE_NAMES" > "$FAKE_GCE_FOLDER/seen"
cp "$FAKE_GCE_AUTHORITY" "$FAKE_GCE_FOLDER/copy.pem"
sleep 60 &
child=$!
trap 'kill $child; touch "$FAKE_GCE_FOLDER/ended"; exit' TERM
echo 127.0.0.1:PORT
wait $child
"#;

/// A cloud whose control planes listen, they say, at `port`.
async fn cloud(port: u16, plan: FaultPlan) -> Cloud {
    let boot = |folder: &Path| {
        let program = folder.join("boot.sh");
        fs::write(&program, PROGRAM.replace("PORT", &port.to_string())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Some(program)
    };
    Cloud::new(plan, boot).await
}

impl Cloud {
    /// The address of the API from outside.
    async fn address(&self) -> String {
        let client = self.fake.client().unwrap();
        let url = "https://compute.googleapis.com/compute/v1/projects/p/regions/us-west1/addresses/api-c-k8s-local";
        let body: serde_json::Value =
            client.get(url).bearer_auth("t").send().await.unwrap().json().await.unwrap();
        body["address"].as_str().unwrap().to_owned()
    }

    /// Asks the proxy for a way to `host`, and sends something; the answers.
    async fn through(&self, host: &str) -> (String, String) {
        let mut stream =
            TcpStream::connect(self.fake.url().trim_start_matches("http://")).await.unwrap();
        let head = format!("CONNECT {host}:443 HTTP/1.1\r\nhost: {host}:443\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap();
        let status = String::from_utf8_lossy(&buffer[..read]).split(' ').nth(1).unwrap().to_owned();
        if status != "200" {
            return (status, String::new());
        }
        stream.write_all(b"ping").await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        (status, String::from_utf8_lossy(&buffer[..read]).into_owned())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("cloud/boot/c.k8s.local").join(name)
    }
}

/// A server that says what it heard.
async fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    port
}

/// Waits for a file, which another process writes.
async fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < PATIENCE, "`{}` never came", path.display());
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
#[ignore = "needs kops: FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored"]
async fn a_control_plane_is_booted_led_through_to_and_ended_with_its_cluster() {
    let cloud = cloud(echo().await, FaultPlan::default()).await;

    cloud.create().await;
    let address = cloud.address().await;
    wait_for(&cloud.file("copy.pem")).await;
    let begun = Instant::now();
    let mut answer = cloud.through(&address).await;
    while answer.0 == "502" && begun.elapsed() < PATIENCE {
        sleep(Duration::from_millis(20)).await;
        answer = cloud.through(&address).await;
    }
    let seen = fs::read_to_string(cloud.file("seen")).unwrap();
    let authority = fs::read_to_string(cloud.file("copy.pem")).unwrap();
    cloud.delete().await;
    wait_for(&cloud.file("ended")).await;
    let after = cloud.through(&address).await;

    assert_eq!(answer, ("200".to_owned(), "ping".to_owned()));
    assert!(seen.starts_with("c.k8s.local api.internal.c.k8s.local api.c.k8s.local "), "{seen}");
    assert!(seen.contains(&address), "{seen}");
    assert!(authority.contains("BEGIN CERTIFICATE") && authority.contains("BEGIN PRIVATE KEY"));
    assert_eq!(after.0, "404");
    cloud.fake.stop().await;
}

#[tokio::test]
#[ignore = "needs kops: FAKE_GCE_KOPS=<kops> cargo test -p fake-gce -- --ignored"]
async fn a_control_plane_whose_machine_never_boots_is_not_there_and_stop_ends_what_is() {
    let plan = FaultPlan {
        never_boots: Some(NeverBoots::Named("control".into())),
        ..FaultPlan::default()
    };
    let cloud = cloud(echo().await, plan).await;

    cloud.create().await;
    let address = cloud.address().await;
    let silent = cloud.through(&address).await.0;
    let booted = cloud.file("seen").exists();
    cloud.fake.set_plan(FaultPlan::default());
    wait_for(&cloud.file("seen")).await;
    let ended = cloud.file("ended");
    let Cloud { fake, folder } = cloud;
    fake.stop().await;

    assert_eq!((silent.as_str(), booted), ("502", false));
    assert!(ended.exists());
    drop(folder);
}
