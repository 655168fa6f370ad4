//! The data directory in the hands of others: what is changed, missing or open to everybody is noticed.

use crate::server::{BINARY, SHORT, Server};
use bytes::Bytes;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).env("NO_COLOR", "1").env_remove("RUST_LOG").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exit code and the report.
fn verify(data: &Path) -> (i32, Value) {
    let output = run(&["verify-data", data.to_str().unwrap(), "--format", "json"]);
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), report)
}

/// `verify-data` finds something, and says it in these words.
fn finds(data: &Path, part: &str, words: &str) {
    let (code, report) = verify(data);
    assert_eq!(code, 2, "{report}");
    let findings = report["findings"].as_array().unwrap();
    let named = findings.iter().any(|f| f["part"] == part && f["what"].as_str().unwrap().contains(words));
    assert!(named, "{words}: {report}");
}

/// A start fails, and says why in these words.
fn refuses(data: &Path, words: &str) {
    let path = data.to_str().unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(words), "{words}: {}", text(&output.stderr));
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn flip(path: &Path, at: usize) -> Vec<u8> {
    let good = std::fs::read(path).unwrap();
    let mut bad = good.clone();
    bad[at] ^= 1;
    std::fs::write(path, bad).unwrap();
    good
}

/// A service with a few objects, one of them in parts and one deleted.
async fn filled(data: &Path) -> Server {
    let server = Server::start(data, SHORT);
    let client = server.client();
    client.s3("PUT", "things", "", "", &[], Bytes::new()).await.unwrap().expect_success("bucket").unwrap();
    for (key, size) in [("small", 10), ("empty", 0), ("large", 300_000), ("gone", 5_000)] {
        let body = Bytes::from(vec![7; size]);
        client.s3("PUT", "things", key, "", &[], body).await.unwrap().expect_success(key).unwrap();
    }
    client.s3("DELETE", "things", "gone", "", &[], Bytes::new()).await.unwrap();
    let begun = client.s3("POST", "things", "parts", "uploads=", &[], Bytes::new()).await.unwrap();
    let upload = begun.text();
    let upload = upload.split_once("<UploadId>").unwrap().1.split_once('<').unwrap().0.to_owned();
    let query = format!("partNumber=1&uploadId={upload}");
    let part = Bytes::from(vec![8; 70_000]);
    client.s3("PUT", "things", "parts", &query, &[], part).await.unwrap().expect_success("part").unwrap();
    server
}

#[tokio::test]
async fn verify_data_finds_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = filled(&data).await;
    let output = run(&["verify-data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("in use by another process"), "{}", text(&output.stderr));
    server.kill();
    let (code, report) = verify(&data);
    assert_eq!((code, report["journal"]["closed_in_order"].as_bool()), (0, Some(false)), "{report}");
    // Started and stopped in order.
    Server::start(&data, SHORT).stop();
    let (code, report) = verify(&data);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["journal"]["closed_in_order"], true);
    assert!(report["journal"]["end"].as_u64().unwrap() >= 8, "{report}");
    assert!(report["blobs"]["whole"].as_u64().unwrap() >= 3, "{report}");
    assert_eq!(report["blobs"]["orphans"], 0, "{report}");
    let shown = text(&run(&["verify-data", data.to_str().unwrap(), "--format", "table"]).stdout);
    assert!(shown.ends_with("whole\n"), "{shown}");

    // Every byte of every blob counts.
    let blobs = files(&data.join("blobs"));
    assert!(blobs.len() >= 3);
    for blob in blobs.iter().take(3) {
        let id = blob.file_name().unwrap().to_str().unwrap();
        let size = std::fs::metadata(blob).unwrap().len();
        for at in [20, size / 2, size - 1] {
            let good = flip(blob, usize::try_from(at).unwrap());
            finds(&data, "blobs", id);
            std::fs::write(blob, good).unwrap();
        }
        let aside = dir.path().join("aside");
        std::fs::rename(blob, &aside).unwrap();
        finds(&data, "blobs", &format!("blob {id} is missing"));
        std::fs::copy(blobs.iter().find(|other| *other != blob).unwrap(), blob).unwrap();
        finds(&data, "blobs", id);
        std::fs::rename(&aside, blob).unwrap();
    }
    let orphan = data.join("blobs/ab/00/ab000000000000000000000000000000");
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::copy(&blobs[0], &orphan).unwrap();
    assert!(Command::new("chmod").args(["-R", "go-rwx"]).arg(&data).status().unwrap().success());
    finds(&data, "blobs", "ab000000000000000000000000000000 is named by no row");
    std::fs::remove_file(&orphan).unwrap();

    let segment =
        files(&data.join("journal")).into_iter().find(|f| f.extension().is_some_and(|e| e == "segment"));
    let segment = segment.unwrap();
    for at in [9, 100, 200] {
        let good = flip(&segment, at);
        finds(&data, "journal", segment.to_str().unwrap());
        refuses(&data, segment.to_str().unwrap());
        std::fs::write(&segment, good).unwrap();
    }
    let catalog = data.join("catalog.sqlite");
    let good = std::fs::read(&catalog).unwrap();
    let mut bad = good.clone();
    for byte in bad.iter_mut().skip(4096).step_by(97) {
        *byte ^= 0x55;
    }
    std::fs::write(&catalog, bad).unwrap();
    finds(&data, "catalog", "");
    std::fs::write(&catalog, good).unwrap();
    let (code, report) = verify(&data);
    assert_eq!(code, 0, "put back: {report}");
}

#[tokio::test]
async fn parts_of_the_data_alone_do_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    filled(&data).await.stop();
    let aside = dir.path().join("aside");
    for (name, words) in [
        ("master.key", "master.key does not: restore it"),
        ("journal", "journal does not: restore it"),
        ("catalog.sqlite", "catalog.sqlite does not: restore it"),
    ] {
        std::fs::rename(data.join(name), &aside).unwrap();
        refuses(&data, words);
        let (code, report) = verify(&data);
        assert_eq!(code, if name == "master.key" { 1 } else { 2 }, "{name}: {report}");
        std::fs::rename(&aside, data.join(name)).unwrap();
    }
    // Another key is not this one's.
    let key = std::fs::read(data.join("master.key")).unwrap();
    std::fs::write(data.join("master.key"), [7; 32]).unwrap();
    refuses(&data, "another master key");
    std::fs::write(data.join("master.key"), key).unwrap();
    Server::start(&data, SHORT).stop();
}

#[tokio::test]
async fn a_catalog_and_a_journal_of_different_times_do_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    filled(&data).await.stop();
    let older = dir.path().join("older");
    let copy = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    };
    copy(&data.join("journal"), &older);
    let server = Server::start(&data, SHORT);
    let client = server.client();
    for number in 0..20 {
        let name = format!("user-{number}");
        let made = client.query("iam", "2010-05-08", "CreateUser", &[("UserName", name.as_str())]).await;
        made.unwrap().expect_success("CreateUser").unwrap();
    }
    // What was delivered lies further than the older journal's end.
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !delivered(&client).await.contains("user-19") {
        assert!(std::time::Instant::now() < deadline, "{}", server.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.stop();
    std::fs::rename(data.join("journal"), dir.path().join("newer")).unwrap();
    copy(&older, &data.join("journal"));
    let (code, report) = verify(&data);
    assert_eq!(code, 2, "{report}");
    refuses(&data, "put back from an older copy");
}

#[tokio::test]
async fn looser_modes_are_refused_with_the_command_that_mends_them() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--tls-self-signed"]);
    server.stop();
    // Nothing that a service makes is open to others.
    let mut open = vec![data.clone()];
    while let Some(path) = open.pop() {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:04o}", path.display());
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    std::fs::set_permissions(data.join("catalog.sqlite"), std::fs::Permissions::from_mode(0o644)).unwrap();
    refuses(&data, &format!("catalog.sqlite has mode 0644; run: chmod -R go-rwx {}", data.display()));
}

#[tokio::test]
async fn a_lost_root_key_has_a_way_back() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let path = data.to_str().unwrap();
    let server = Server::start(&data, SHORT);
    let lost = server.client();
    let id = server.access_key_id.clone();
    let delete = [("AccessKeyId", id.as_str())];
    let output = run(&["root-key", "reset", "--data", path]);
    assert_eq!(output.status.code(), Some(1), "not while the service runs");
    lost.query("iam", "2010-05-08", "DeleteAccessKey", &delete).await.unwrap().expect_success("x").unwrap();
    server.stop();

    for round in 0..2 {
        let before = std::fs::read_to_string(data.join("credentials")).unwrap();
        let output = run(&["root-key", "reset", "--data", path]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
        let credentials = std::fs::read_to_string(data.join("credentials")).unwrap();
        assert_ne!(before, credentials);
        assert_eq!(shown.contains("deleted root key"), round == 1, "{shown}");
        let secret =
            credentials.lines().find_map(|line| line.strip_prefix("aws_secret_access_key = ")).unwrap();
        assert!(!shown.contains(secret), "the secret is in the file only");
        let mode = std::fs::metadata(data.join("credentials")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (code, report) = verify(&data);
    assert_eq!(code, 0, "{report}");
    let server = Server::start(&data, SHORT);
    let back = server.client();
    let listed = back.query("iam", "2010-05-08", "ListAccessKeys", &[]).await.unwrap();
    let listed = listed.expect_success("ListAccessKeys").unwrap().text();
    assert_eq!(listed.matches("<AccessKeyId>").count(), 1, "{listed}");
    let mut stale = lost;
    stale.transport = back.transport.clone();
    let refused = stale.query("iam", "2010-05-08", "ListAccessKeys", &[]).await.unwrap();
    assert_eq!(refused.status, 403);
    // Both resets are in the delivered trail.
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while delivered(&back).await.matches("RootAccessKeyReset").count() < 2 {
        assert!(std::time::Instant::now() < deadline, "{}", server.log());
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.stop();
}

/// Every record in the default trail's bucket, as text.
async fn delivered(client: &crate::client::Client) -> String {
    let buckets = client.s3("GET", "", "", "", &[], Bytes::new()).await.unwrap().text();
    let bucket = buckets.split("<Name>").find(|part| part.starts_with("aws-cloudtrail-logs-"));
    let bucket = bucket.unwrap().split('<').next().unwrap().to_owned();
    let listed = client.s3("GET", &bucket, "", "list-type=2", &[], Bytes::new()).await.unwrap().text();
    let mut all = String::new();
    for key in listed.split("<Key>").skip(1).filter_map(|part| part.split('<').next()) {
        if key.contains("/CloudTrail/") {
            let file = client.s3("GET", &bucket, key, "", &[], Bytes::new()).await.unwrap().body;
            let mut reader = flate2::read::MultiGzDecoder::new(&file[..]);
            std::io::Read::read_to_string(&mut reader, &mut all).unwrap();
        }
    }
    all
}
