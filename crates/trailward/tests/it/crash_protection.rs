//! A real server is killed again and again while versions are put under Object Lock, under KMS keys, and into a
//! replicated bucket, and while lifecycle rules expire whatever is not locked. Afterwards every version that was
//! acknowledged is there, is locked, reads back, and has its replica once; and what the rules demand is gone.

use crate::auditor::element;
use crate::client::{Answered, Client};
use crate::crash::{Rng, fixed_port};
use crate::server::{SHORT, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use trailward_wire::sigv4::sha256_hex;

const LOCKED: &str = "crash-locked";
const SOURCE: &str = "crash-source";
const REPLICA: &str = "crash-replica";
const EXPIRING: &str = "crash-expiring";
const IAM: &str = "2010-05-08";

const VERSIONING: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const RETENTION: &str = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
const REPLICATION: &str = "<ReplicationConfiguration><Role>arn:aws:iam::111122223333:role/copier</Role><Rule><ID>all</ID><Priority>1</Priority><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects></SourceSelectionCriteria><Destination><Bucket>arn:aws:s3:::crash-replica</Bucket><EncryptionConfiguration><ReplicaKmsKeyID>alias/aws/s3</ReplicaKmsKeyID></EncryptionConfiguration></Destination><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication></Rule></ReplicationConfiguration>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>old</ID><Filter></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule><Rule><ID>markers</ID><Filter></Filter><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn must(client: &Client, bucket: &str, query: &str, headers: &[(&str, &str)], body: &'static str) {
    let checksum = checksum(body.as_bytes());
    let headers = [headers, &[("x-amz-checksum-sha256", checksum.as_str())]].concat();
    let answer = client.s3("PUT", bucket, "", query, &headers, Bytes::from_static(body.as_bytes())).await;
    answer.unwrap().expect_success(query).unwrap();
}

fn checksum(bytes: &[u8]) -> String {
    STANDARD.encode(hex::decode(sha256_hex(bytes)).unwrap())
}

async fn set_up(root: &Client) {
    must(root, LOCKED, "", &[("x-amz-bucket-object-lock-enabled", "true")], "").await;
    must(root, LOCKED, "object-lock=", &[], RETENTION).await;
    for bucket in [SOURCE, REPLICA, EXPIRING] {
        must(root, bucket, "", &[], "").await;
        must(root, bucket, "versioning=", &[], VERSIONING).await;
    }
    for bucket in [LOCKED, EXPIRING] {
        must(root, bucket, "lifecycle=", &[], LIFECYCLE).await;
    }
    let role = [("RoleName", "copier"), ("AssumeRolePolicyDocument", TRUST)];
    root.query("iam", IAM, "CreateRole", &role).await.unwrap().expect_success("CreateRole").unwrap();
    let policy = [("RoleName", "copier"), ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")];
    let attached = root.query("iam", IAM, "AttachRolePolicy", &policy).await.unwrap();
    attached.expect_success("AttachRolePolicy").unwrap();
    must(root, SOURCE, "replication=", &[], REPLICATION).await;
}

/// Version id and content, by bucket and key: what was acknowledged.
type Acknowledged = Vec<(&'static str, String, String, Bytes)>;

/// Puts and deletes until it is over. A call that is cut off may or may not have had its effect.
async fn work(number: u64, root: Client, mut rng: Rng, over: Arc<AtomicBool>) -> Acknowledged {
    let mut acknowledged = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let bucket = [LOCKED, SOURCE, EXPIRING][usize::try_from(number % 3).unwrap()];
        let key = format!("{number}/{}", rng.below(20));
        if bucket == SOURCE && rng.below(6) == 0 {
            let _ = root.s3("DELETE", bucket, &key, "", &[], Bytes::new()).await;
            continue;
        }
        let length = 1 + usize::try_from(rng.below(90_000)).unwrap();
        let body = rng.bytes(length);
        let checksum = checksum(&body);
        let mut headers = vec![("x-amz-checksum-sha256", checksum.as_str())];
        if rng.below(2) == 0 {
            headers.push(("x-amz-server-side-encryption", "aws:kms"));
        }
        match root.s3("PUT", bucket, &key, "", &headers, body.clone()).await {
            Ok(answer) if answer.status == 200 => {
                let version = answer.headers["x-amz-version-id"].to_str().unwrap().to_owned();
                acknowledged.push((bucket, key, version, body));
            }
            Ok(answer) => panic!("{key}: {} {}", answer.status, answer.text()),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    acknowledged
}

async fn version(root: &Client, method: &str, bucket: &str, key: &str, version: &str) -> Answered {
    let query = format!("versionId={version}");
    root.s3(method, bucket, key, &query, &[], Bytes::new()).await.unwrap()
}

#[test]
fn protections_survive_every_kill() {
    let kills = std::env::var("TRAILWARD_TEST_KILLS").map_or(20, |text| text.parse().unwrap());
    let mut rng = Rng::seeded();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (data, listen) = (dir.path().join("data"), fixed_port());
    let arguments =
        [SHORT, &["--no-default-trail", "--replication-interval", "50ms", "--lifecycle-day", "1s"]].concat();
    let start = || Server::start_at(&data, &listen, &arguments);
    let mut server = start();
    let root = server.client();
    runtime.block_on(set_up(&root));
    let over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..6)
        .map(|number| runtime.spawn(work(number, root.clone(), Rng(rng.next()), over.clone())))
        .collect();
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(50 + rng.below(300)));
        server.kill();
        server = start();
    }
    over.store(true, Ordering::Relaxed);
    let mut acknowledged = Acknowledged::new();
    for worker in workers {
        acknowledged.extend(runtime.block_on(worker).unwrap());
    }
    let (expiring, kept): (Acknowledged, Acknowledged) =
        acknowledged.into_iter().partition(|(bucket, ..)| *bucket == EXPIRING);
    println!("{} versions were acknowledged, {} more are to expire", kept.len(), expiring.len());
    assert!(kept.len() > 20 && expiring.len() > 5);
    runtime.block_on(async {
        all_expires(&root).await;
        for (bucket, key, id, body) in &kept {
            let read = version(&root, "GET", bucket, key, id).await;
            assert_eq!((read.status, &read.body), (200, body), "{bucket}/{key} {id}");
            if *bucket == LOCKED {
                let delete = version(&root, "DELETE", bucket, key, id).await;
                assert_eq!((delete.status, delete.error_code().as_str()), (403, "AccessDenied"), "{key}");
            }
        }
        all_is_replicated(&root, &kept).await;
    });
    server.stop();
}

/// Waits until the lifecycle rules have removed every version and marker that nothing locks, and have covered every key
/// of the locked bucket with a marker.
async fn all_expires(root: &Client) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let left = listed(root, EXPIRING).await;
        let shown = root.s3("GET", LOCKED, "", "list-type=2", &[], Bytes::new()).await.unwrap().text();
        if left.is_empty() && element(&shown, "KeyCount") == "0" {
            return;
        }
        assert!(Instant::now() < deadline, "{} versions are left: {shown}", left.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until the replica has what the source has: the same versions and markers, each once, with the same content.
async fn all_is_replicated(root: &Client, acknowledged: &Acknowledged) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let (here, there) = (listed(root, SOURCE).await, listed(root, REPLICA).await);
        if here == there {
            break;
        }
        let missing: Vec<_> = here.iter().filter(|(id, _)| !there.contains_key(*id)).take(3).collect();
        assert!(Instant::now() < deadline, "{} here, {} there: {missing:?}", here.len(), there.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for (_, key, id, body) in acknowledged.iter().filter(|(bucket, ..)| *bucket == SOURCE) {
        let read = version(root, "GET", REPLICA, key, id).await;
        assert_eq!((read.status, &read.body), (200, body), "{key} {id}");
    }
}

/// Every version and marker of a bucket, with its key. Fails if one is listed twice.
async fn listed(root: &Client, bucket: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut query = "versions=".to_owned();
    loop {
        let page = root.s3("GET", bucket, "", &query, &[], Bytes::new()).await.unwrap();
        let text = page.expect_success("ListObjectVersions").unwrap().text();
        for entry in text.split("<Key>").skip(1) {
            let key = entry.split("</Key>").next().unwrap().to_owned();
            let id = element(entry, "VersionId");
            assert_eq!(found.insert(id, key), None, "a version is listed twice");
        }
        if element(&text, "IsTruncated") != "true" {
            return found;
        }
        let (key, id) = (element(&text, "NextKeyMarker"), element(&text, "NextVersionIdMarker"));
        query = format!("key-marker={}&version-id-marker={id}&versions=", key.replace('/', "%2F"));
    }
}
