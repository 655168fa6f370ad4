//! The command line as a user meets it.

use crate::server::{BINARY, SHORT, Server};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).env("NO_COLOR", "1").env_remove("RUST_LOG").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_demonstration_holds() {
    let output = run(&["demo"]);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("Every part held."), "{shown}");
    assert!(!shown.contains('✗'), "{shown}");
    for event in ["CreateBucket", "CreateUser", "PutObject", "GetObject", "StopLogging", "DeleteUser"] {
        assert!(shown.contains(event), "{event} is missing:\n{shown}");
    }
}

#[test]
fn help_teaches() {
    let help = text(&run(&["--help"]).stdout);
    for part in ["demo", "serve", "env", "Exit codes"] {
        assert!(help.contains(part), "{help}");
    }
    let help = text(&run(&["serve", "--help"]).stdout);
    for part in [
        "--delivery-interval",
        "TRAILWARD_TIMING_DIGEST_INTERVAL",
        "default: 127.0.0.1:4700",
        "--tls-self-signed",
    ] {
        assert!(help.contains(part), "{help}");
    }
    assert_eq!(run(&["--version"]).status.code(), Some(0));
}

/// On files alone, with no credentials and an endpoint that nobody answers at.
#[test]
fn preflight_needs_nobody_for_policies_on_disk() {
    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("policy.json");
    let offline = |trail: &str, policy: &str, more: &[&str]| {
        std::fs::write(&file, policy).unwrap();
        Command::new(BINARY)
            .args(["preflight", "--bucket", "logs", "--trail", trail, "--bucket-policy"])
            .arg(&file)
            .args(more)
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env_remove("AWS_ACCESS_KEY_ID")
            .output()
            .unwrap()
    };
    let write = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/AWSLogs/*"]}}"#;
    let good = offline(TRAIL, write, &["--organization", "o-a1b2c3d4e5"]);
    assert_eq!((good.status.code(), text(&good.stderr)), (Some(0), String::new()), "{}", text(&good.stdout));
    let bad = offline(
        TRAIL,
        &write.replace("AWSLogs/*", "AWSLogs/111122223333/*"),
        &["--organization", "o-a1b2c3d4e5"],
    );
    let report: serde_json::Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!((bad.status.code(), report["findings"].as_array().unwrap().len()), (Some(2), 1), "{report:#}");
    assert_eq!(report["findings"][0]["cannot"].as_array().unwrap().len(), 3);
    assert_eq!(report["patches"][0]["edits"][0]["path"], "Statement[0].Resource");
    assert_eq!(
        report["patches"][0]["policy"]["Statement"]["Resource"][2],
        "arn:aws:s3:::logs/AWSLogs/o-a1b2c3d4e5/*"
    );
    for (trail, policy, more, said) in [
        ("audit", write, &[][..], "not an ARN"),
        ("arn:aws:cloudtrail:us-east-1:1:trail/audit", write, &[], "not a trail's ARN"),
        ("arn:aws:cloudtrail:us-east-1:111122223333:trail/a", write, &[], "trail's name"),
        (TRAIL, "{", &[], "not valid"),
        (TRAIL, r#"{"Statement":[{"Effect":"Maybe"}]}"#, &[], "bucket's policy is not valid"),
        (TRAIL, write, &["--organization", "a1b2c3d4e5"], "organization's id"),
        (TRAIL, write, &["--key-policy", "x.json"], "--kms"),
    ] {
        let output = offline(trail, policy, more);
        assert_eq!(output.status.code(), Some(1), "{said}: {}", text(&output.stdout));
        assert!(text(&output.stderr).contains(said), "{said}: {}", text(&output.stderr));
    }
}

#[test]
fn what_cannot_run_says_why_and_exits_1() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nothing");
    let output = run(&["env", "--data", missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("trailward serve --data"), "{}", text(&output.stderr));
    let config = dir.path().join("bad.toml");
    std::fs::write(&config, "listen = \"nowhere\"\n").unwrap();
    let output = run(&["serve", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("bad.toml"), "{}", text(&output.stderr));
    let bootstrap = dir.path().join("seed.toml");
    std::fs::write(&bootstrap, "[[account]]\nid = \"123\"\nname = \"x\"\n[[account.key]]\naccess_key_id = \"AKIAEXAMPLEMAIN00001\"\nsecret_access_key = \"very-secret\"\nprincipal = \"root\"\nextra = 1\n").unwrap();
    let data = dir.path().join("data");
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
        "--bootstrap",
        bootstrap.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("seed.toml") && !errors.contains("very-secret"), "{errors}");
}

#[test]
fn one_data_directory_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--no-default-trail"]);
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("in use by another process"), "{}", text(&output.stderr));
    server.stop();
}

#[test]
fn secrets_are_private_and_sealed() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, SHORT);
    let secret = server.secret.clone();
    for name in ["credentials", "master.key"] {
        let mode = std::fs::metadata(data.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert!(!server.log().contains(&secret));
    server.stop();
    let mut stack = vec![data.clone()];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if !path.ends_with("credentials") {
                let bytes = std::fs::read(&path).unwrap();
                let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
                assert!(!found, "the root secret lies open in {}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn probes_and_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"), SHORT);
    let client = server.client();
    client.query("sts", "2011-06-15", "GetCallerIdentity", &[]).await.unwrap().expect_success("sts").unwrap();
    let get = async |path: &str| {
        let address: std::net::SocketAddr = server.admin.parse().unwrap();
        let admin =
            crate::client::Client { transport: crate::client::Transport::Http(address), ..client.clone() };
        admin.s3("GET", path, "", "", &[], bytes::Bytes::new()).await.unwrap()
    };
    assert_eq!(get("healthz").await.status, 200);
    assert_eq!(get("readyz").await.text(), "ready\n");
    assert_eq!(get("nothing").await.status, 404);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let metrics = get("metrics").await.text();
        let wanted = [
            "trailward_requests_total{source=\"sts.amazonaws.com\",outcome=\"success\"} 1",
            "trailward_journal_lag_records",
            "trailward_oldest_undelivered_timestamp_seconds",
            "trailward_last_delivery_timestamp_seconds",
            "trailward_last_digest_timestamp_seconds",
        ];
        if wanted.iter().all(|name| metrics.contains(name)) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{metrics}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.stop();
}

#[test]
fn a_bootstrap_file_brings_accounts_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    let seed = dir.path().join("seed.toml");
    std::fs::write(
        &seed,
        "[[account]]\nid = \"123456789012\"\nname = \"main\"\n[[account.key]]\naccess_key_id = \"AKIAEXAMPLEMAIN00001\"\nsecret_access_key = \"root/secret\"\nprincipal = \"root\"\n[[account.key]]\naccess_key_id = \"AKIAEXAMPLEMAIN00002\"\nsecret_access_key = \"user/secret\"\nprincipal = \"user/tester\"\n\n[[account]]\nid = \"210987654321\"\nname = \"alt\"\n[[account.key]]\naccess_key_id = \"AKIAEXAMPLEALT000001\"\nsecret_access_key = \"alt/secret\"\nprincipal = \"root\"\n",
    )
    .unwrap();
    let data = dir.path().join("data");
    let arguments = ["--no-default-trail", "--bootstrap", seed.to_str().unwrap()];
    let server = Server::start(&data, &arguments);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (id, secret, arn) in [
        ("AKIAEXAMPLEMAIN00001", "root/secret", "arn:aws:iam::123456789012:root"),
        ("AKIAEXAMPLEMAIN00002", "user/secret", "arn:aws:iam::123456789012:user/tester"),
        ("AKIAEXAMPLEALT000001", "alt/secret", "arn:aws:iam::210987654321:root"),
    ] {
        let mut client = server.client();
        client.credentials.access_key_id = id.into();
        client.credentials.secret = trailward_wire::sigv4::SigningSecret::new(secret);
        let answer = runtime.block_on(client.query("sts", "2011-06-15", "GetCallerIdentity", &[])).unwrap();
        assert!(answer.text().contains(arn), "{}", answer.text());
    }
    server.stop();
    // A second start with the same file changes nothing.
    Server::start(&data, &arguments).stop();
}
