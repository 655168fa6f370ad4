//! Server access logging: the lines, their files, and that each line is written once whatever fails.

use crate::fixture::{BUCKET, Fixture, OWNER, STRANGER, Seen, code, collect, root};
use std::sync::Arc;
use time::Duration;
use trailward_bucket::{
    AccessLogEntry, AccessLogRun, BucketError, BucketLock, CreateBucket, DefaultRetention, GetObject,
    ListObjectsV2, LockMode, LogNaming, Logging, Resource, RetentionPeriod,
};
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Blobs, Catalog};

const TARGET: &str = "access-logs";

fn to(target: &str, prefix: &str, naming: LogNaming) -> Logging {
    Logging { target: target.to_owned(), prefix: prefix.to_owned(), naming }
}

async fn log(fixture: &Fixture, logging: Option<Logging>) -> Result<(), BucketError> {
    let grant = fixture.on_bucket("s3:PutBucketLogging").await;
    fixture.buckets.put_bucket_logging(&grant, logging.as_ref()).await
}

/// The target lets the logging service in, as AWS's documentation writes it.
async fn open_target(fixture: &Fixture) {
    let grant =
        fixture.authorize(&root(OWNER), "s3:PutBucketPolicy", Resource::bucket(TARGET)).await.unwrap();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S3ServerAccessLogsPolicy","Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::{TARGET}/*","Condition":{{"ArnLike":{{"aws:SourceArn":"arn:aws:s3:::{BUCKET}"}},"StringEquals":{{"aws:SourceAccount":"{OWNER}"}}}}}}]}}"#
    );
    fixture.buckets.put_bucket_policy(&grant, &policy).await.unwrap();
}

async fn fixture() -> Fixture {
    let fixture = Fixture::memory().await;
    fixture.create(TARGET).await.unwrap();
    open_target(&fixture).await;
    fixture
}

fn entry(request: &str) -> AccessLogEntry {
    AccessLogEntry {
        bucket_owner: "79a59df9".to_owned(),
        remote_ip: "192.0.2.3".to_owned(),
        requester: Some("arn:aws:iam::111111111111:user/ada".to_owned()),
        request_id: request.to_owned(),
        operation: "REST.GET.OBJECT".to_owned(),
        key: Some("a b\"c/ü".to_owned()),
        request_uri: "GET /logs/a%20b HTTP/1.1".to_owned(),
        status: Some(200),
        bytes_sent: 2_662_992,
        object_size: Some(3_462_992),
        total_time: 70,
        user_agent: Some("curl/8 \"\r\nforged".to_owned()),
        host_id: "s9lzHYrFp76ZVxRcpX9".to_owned(),
        signature_version: Some("SigV4"),
        authentication_type: Some("AuthHeader"),
        host: Some("s3.localhost".to_owned()),
        ..AccessLogEntry::default()
    }
}

async fn note(fixture: &Fixture, request: &str) -> Result<(), BucketError> {
    fixture.buckets.note_access(BUCKET, || entry(request)).await
}

/// Keys and contents of everything in the target.
async fn files(fixture: &Fixture) -> Vec<(String, String)> {
    let list = fixture.authorize(&root(OWNER), "s3:ListBucket", Resource::bucket(TARGET)).await.unwrap();
    let found = fixture.buckets.list_objects_v2(&list, &ListObjectsV2::default()).await.unwrap().contents;
    let mut files = Vec::new();
    for object in found {
        let resource = Resource::object(TARGET, object.key.as_str());
        let grant = fixture.authorize(&root(OWNER), "s3:GetObject", resource).await.unwrap();
        let read = fixture.buckets.get_object(&grant, &GetObject::default()).await.unwrap();
        files.push((object.key, String::from_utf8(collect(read.body).await.to_vec()).unwrap()));
    }
    files
}

#[tokio::test]
async fn a_line_as_s3_writes_it() {
    let fixture = fixture().await;
    note(&fixture, "BEFORE").await.unwrap();
    log(&fixture, Some(to(TARGET, "mine/", LogNaming::Simple))).await.unwrap();
    note(&fixture, "3E57427F33A59F07").await.unwrap();
    let run = fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap();
    assert_eq!(run, AccessLogRun { delivered: 1, ..AccessLogRun::default() });
    let files = files(&fixture).await;
    let [(key, line)] = &files[..] else { panic!("{files:?}") };
    assert!(key.starts_with("mine/2023-11-14-22-13-20-") && key.len() == 25 + 16, "{key}");
    assert_eq!(
        line,
        "79a59df9 logs [14/Nov/2023:22:13:20 +0000] 192.0.2.3 arn:aws:iam::111111111111:user/ada 3E57427F33A59F07 \
         REST.GET.OBJECT a%20b%22c/%C3%BC \"GET /logs/a%20b HTTP/1.1\" 200 - 2662992 3462992 70 70 \"-\" \
         \"curl/8 %22%0D%0Aforged\" - s9lzHYrFp76ZVxRcpX9 SigV4 - AuthHeader s3.localhost - - - us-east-1\n"
    );
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap(), AccessLogRun::default());
}

#[tokio::test]
async fn files_by_day() {
    let fixture = fixture().await;
    log(&fixture, Some(to(TARGET, "", LogNaming::PartitionedByEventTime))).await.unwrap();
    note(&fixture, "ONE").await.unwrap();
    fixture.clock.advance(Duration::hours(3));
    note(&fixture, "TWO").await.unwrap();
    note(&fixture, "THREE").await.unwrap();
    fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap();
    log(&fixture, Some(to(TARGET, "", LogNaming::PartitionedByDeliveryTime))).await.unwrap();
    note(&fixture, "FOUR").await.unwrap();
    fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap();
    let folders: Vec<(String, usize)> = files(&fixture)
        .await
        .into_iter()
        .map(|(key, text)| (key.chars().take(59).collect(), text.lines().count()))
        .collect();
    let folder =
        |day: &str, time: &str| format!("{OWNER}/us-east-1/{BUCKET}/2023/11/{day}/2023-11-{day}-{time}-");
    let wanted =
        [(folder("14", "00-00-00"), 1), (folder("15", "00-00-00"), 2), (folder("15", "01-13-20"), 1)];
    assert_eq!(folders, wanted);
}

#[tokio::test]
async fn a_target_that_refuses() {
    let fixture = fixture().await;
    log(&fixture, Some(to(TARGET, "", LogNaming::Simple))).await.unwrap();
    let grant =
        fixture.authorize(&root(OWNER), "s3:DeleteBucketPolicy", Resource::bucket(TARGET)).await.unwrap();
    fixture.buckets.delete_bucket_policy(&grant).await.unwrap();
    note(&fixture, "ONE").await.unwrap();
    let refused = AccessLogRun { refused: 1, ..AccessLogRun::default() };
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap(), refused);
    assert!(files(&fixture).await.is_empty());
    fixture.clock.advance(Duration::hours(23));
    open_target(&fixture).await;
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap().delivered, 1);
    // After a day, it is given up.
    fixture.buckets.delete_bucket_policy(&grant).await.unwrap();
    note(&fixture, "TWO").await.unwrap();
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap(), refused);
    fixture.clock.advance(Duration::hours(25));
    let dropped = AccessLogRun { dropped: 1, ..AccessLogRun::default() };
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap(), dropped);
    open_target(&fixture).await;
    assert_eq!(fixture.buckets.deliver_access_logs(&Seen::default()).await.unwrap(), AccessLogRun::default());
    assert_eq!(files(&fixture).await.len(), 1);
}

#[tokio::test]
async fn targets_that_do_not_do() {
    let fixture = fixture().await;
    let try_target = async |target: &str| code(log(&fixture, Some(to(target, "", LogNaming::Simple))).await);
    assert_eq!(try_target("nobodys").await, "InvalidTargetBucketForLogging");
    assert_eq!(try_target(BUCKET).await, "InvalidTargetBucketForLogging");
    for (name, account, region) in [("strange", STRANGER, "us-east-1"), ("far", OWNER, "eu-west-1")] {
        let grant =
            fixture.authorize(&root(account), "s3:CreateBucket", Resource::bucket(name)).await.unwrap();
        let create = CreateBucket {
            region: region.to_owned(),
            location_constraint: Some(region.to_owned()).filter(|region| region != "us-east-1"),
            ..CreateBucket::default()
        };
        fixture.buckets.create_bucket(&grant, create).await.unwrap();
        assert_eq!(try_target(name).await, "InvalidTargetBucketForLogging");
    }
    let grant = fixture.authorize(&root(OWNER), "s3:CreateBucket", Resource::bucket("locked")).await.unwrap();
    let create =
        CreateBucket { region: "us-east-1".to_owned(), object_lock: true, ..CreateBucket::default() };
    fixture.buckets.create_bucket(&grant, create).await.unwrap();
    log(&fixture, Some(to("locked", "", LogNaming::Simple))).await.unwrap();
    let grant = fixture
        .authorize(&root(OWNER), "s3:PutBucketObjectLockConfiguration", Resource::bucket("locked"))
        .await
        .unwrap();
    let default = DefaultRetention { mode: LockMode::Governance, period: RetentionPeriod::Days(1) };
    let lock = BucketLock { default: Some(default) };
    fixture.buckets.put_object_lock_configuration(&grant, lock).await.unwrap();
    assert_eq!(try_target("locked").await, "InvalidTargetBucketForLogging");
    let read = fixture.on_bucket("s3:GetBucketLogging").await;
    assert_eq!(fixture.buckets.get_bucket_logging(&read).await.unwrap().unwrap().target, "locked");
    log(&fixture, None).await.unwrap();
    assert_eq!(fixture.buckets.get_bucket_logging(&read).await.unwrap(), None);
}

/// Whatever call to the stores fails, each line whose writing was confirmed is in one file once.
#[tokio::test]
async fn each_line_once_after_failures() {
    async fn run(call: u64, mode: FaultMode) -> bool {
        let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let sound = Fixture::over(catalog.clone(), blobs.clone());
        sound.create(BUCKET).await.unwrap();
        sound.create(TARGET).await.unwrap();
        open_target(&sound).await;
        log(&sound, Some(to(TARGET, "", LogNaming::Simple))).await.unwrap();
        let plan = FaultPlan::fail_call(call, mode);
        let faulty = Fixture::over(
            Arc::new(FaultyCatalog::new(catalog, plan.clone())),
            Arc::new(FaultyBlobs::new(blobs, plan.clone())),
        );
        let mut confirmed = Vec::new();
        for name in ["A", "B", "C"] {
            if note(&faulty, name).await.is_ok() {
                confirmed.push(name);
            }
        }
        let _ = faulty.buckets.deliver_access_logs(&Seen::default()).await;
        let hit = plan.calls() >= call;
        sound.clock.advance(Duration::seconds(5));
        sound.buckets.deliver_access_logs(&Seen::default()).await.unwrap();
        let written: Vec<String> = files(&sound).await.into_iter().map(|(_, text)| text).collect();
        let written = written.concat();
        for name in ["A", "B", "C"] {
            let times = written.lines().filter(|line| line.split(' ').nth(6) == Some(name)).count();
            let least = usize::from(confirmed.contains(&name));
            assert!((least..=1).contains(&times), "{name} {times} times; call {call} {mode:?}");
        }
        sound.buckets.sweep().await.unwrap();
        assert_eq!(sound.blob_count().await, files(&sound).await.len());
        hit
    }
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while run(call, mode).await {
            call += 1;
        }
        assert!(call > 15, "{call}");
    }
}
