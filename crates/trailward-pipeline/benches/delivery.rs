//! Records per second from a durable journal to delivered, signed log files, against one core's gzip of the same
//! bytes.
//!
//! A journal is filled beforehand; then, in turns, the same bytes are only compressed (libdeflate, level 6, one core),
//! and delivered: read, chosen, hashed, compressed, encrypted into blobs, put through the bucket's rules, signed.
//! Prints figures and asserts nothing about them: timings are not tests.
//!
//! `cargo bench -p trailward-pipeline`; `-- --records N` for another number, `-- --turns N`.
#![expect(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may stop"
)]

use async_trait::async_trait;
use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use time::macros::datetime;
use trailward_bucket::{Buckets, Caller, Context, CreateBucket, ListObjectsV2, Principal, Resource};
use trailward_model::selector::Selectors;
use trailward_model::{Clock as _, ManualClock, Trail, TrailEpoch, TrailKey, stamp};
use trailward_pipeline::{LogText, Pipeline, Sources, Timing};
use trailward_store::seal::MasterKey;
use trailward_store::{
    Catalog, FileBlobs, FileJournal, FileJournalOptions, Journal, JournalEntry, Position, ReadLimit,
    SqliteCatalog, StoreError, trails,
};

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "logs";
const REGION: &str = "us-east-1";
/// What one log file holds, about as delivery has it.
const FILE: usize = 32 << 20;

/// A journal that several turns can read: nothing is given back. Knows how far it was read.
#[derive(Debug)]
struct Kept(FileJournal, AtomicU64);

#[async_trait]
impl Journal for Kept {
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError> {
        self.0.append(payload).await
    }

    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        self.0.append_all(payloads).await
    }

    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError> {
        let entries = self.0.read(from, limit).await?;
        self.1.store(from + entries.len() as u64, Ordering::Relaxed);
        Ok(entries)
    }

    fn start(&self) -> Position {
        self.0.start()
    }

    fn end(&self) -> Position {
        self.0.end()
    }

    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError> {
        self.0.wait_beyond(position).await
    }

    async fn trim(&self, _: Position) -> Result<(), StoreError> {
        Ok(())
    }
}

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.next()).unwrap_or(0) % among.len();
        among.get(at).copied().unwrap_or_default()
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let (first, second, third) = (a >> 32, (a >> 16) & 0xffff, a & 0x0fff);
        format!("{first:08x}-{second:04x}-4{third:03x}-a{:03x}-{:012x}", b >> 52, b & 0xffff_ffff_ffff)
    }
}

/// A record as an assumed role's calls make them, about 1.5 KB, and no two alike.
fn record(rng: &mut Rng, number: u64) -> Bytes {
    let role = rng.pick(&["deploy", "reader", "backup-operator", "etl", "security-audit", "admin"]);
    let session =
        format!("{}-{:08x}", rng.pick(&["i-0", "ci", "ann", "bo", "lambda"]), rng.next() & 0xffff_ffff);
    let (source, name, reads) = match rng.next() % 6 {
        0 => ("s3.amazonaws.com", "GetBucketPolicy", true),
        1 => ("iam.amazonaws.com", "GetRolePolicy", true),
        2 => ("sts.amazonaws.com", "AssumeRole", true),
        3 => ("ec2.amazonaws.com", "DescribeInstances", true),
        4 => ("kms.amazonaws.com", "GenerateDataKey", true),
        _ => ("dynamodb.amazonaws.com", "UpdateTable", false),
    };
    let time =
        datetime!(2026-01-02 03:00:00 UTC) + time::Duration::milliseconds(i64::try_from(number).unwrap());
    let (time, id) = (stamp::extended(time), rng.next());
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLE{:09}:{session}", id % 1000),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
            "accountId": ACCOUNT,
            "accessKeyId": format!("ASIA{:016X}", rng.next()),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": format!("AROAEXAMPLE{:09}", id % 1000),
                    "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                    "accountId": ACCOUNT,
                    "userName": role,
                },
                "webIdFederationData": {},
                "attributes": { "creationDate": time, "mfaAuthenticated": "false" },
            },
        },
        "eventTime": time,
        "eventSource": source,
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": format!("203.0.{}.{}", id % 114, (id >> 8) % 250),
        "userAgent": rng.pick(&[
            "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython",
            "Boto3/1.40.55 md/Botocore#1.40.55 ua/2.1 os/linux#5.10.0 md/arch#aarch64 lang/python#3.12.3 Botocore/1.40.55",
            "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.80.0 (+https://registry.terraform.io/providers/hashicorp/aws)",
        ]),
        "requestParameters": {
            "name": format!("resource-{:x}", rng.next()),
            "filter": { "values": [format!("i-{:017x}", rng.next()), format!("vpc-{:x}", id % 99_991)] },
            "encryptionContext": { "aws:s3:arn": format!("arn:aws:s3:::data-{}/{:x}", id % 50, rng.next()) },
        },
        "responseElements": null,
        "requestID": rng.uuid(),
        "eventID": rng.uuid(),
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{}.{REGION}.amazonaws.com", source.split('.').next().unwrap()),
        },
    });
    record.to_string().into()
}

fn key() -> TrailKey {
    TrailKey { account: ACCOUNT.into(), home_region: REGION.into(), name: "main".into() }
}

fn trail() -> Trail {
    Trail {
        key: key(),
        bucket: BUCKET.into(),
        prefix: None,
        sns_topic: None,
        kms_key: None,
        include_global_service_events: true,
        is_multi_region: true,
        log_file_validation: true,
        selectors: Selectors::default(),
        has_custom_selectors: false,
        tags: Vec::new(),
        is_logging: true,
        started: Some(0),
        stopped: None,
        chain: 1,
        version: 1,
        organization: None,
    }
}

/// Records, and before them the record of the call that made the trail.
async fn fill(journal: &Kept, records: u64) {
    let mut rng = Rng(1);
    let made = json!({"eventVersion": "1.11", "eventTime": "2026-01-02T03:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com", "eventName": "StartLogging", "awsRegion": REGION,
        "requestID": "made", "eventID": "made", "readOnly": false, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": ACCOUNT, "eventCategory": "Management"});
    journal.append(made.to_string().into()).await.unwrap();
    let mut number = 0;
    while number < records {
        let group: Vec<_> =
            (number..records.min(number + 2048)).map(|n| journal.append(record(&mut rng, n))).collect();
        number += group.len() as u64;
        futures::future::try_join_all(group).await.unwrap();
    }
}

/// The limit: the same files, only compressed. Returns seconds, bytes and compressed bytes.
async fn compress(journal: &Kept) -> (f64, usize, usize) {
    let mut compressor = Compressor::new(CompressionLvl::new(6).unwrap());
    let (mut seconds, mut bytes, mut compressed) = (0.0, 0, 0);
    let (mut position, mut text) = (1, LogText::default());
    loop {
        let limit = ReadLimit { entries: 4096, bytes: 8 << 20 };
        let entries = journal.read(position, limit).await.unwrap();
        let over = entries.is_empty();
        for entry in entries {
            position = entry.position + 1;
            text.push(&entry.payload);
        }
        if over || text.size() > FILE {
            let file = std::mem::take(&mut text).finish();
            let mut out = vec![0; compressor.gzip_compress_bound(file.len())];
            let start = Instant::now();
            compressed += compressor.gzip_compress(&file, &mut out).unwrap();
            seconds += start.elapsed().as_secs_f64();
            bytes += file.len();
        }
        if over {
            return (seconds, bytes, compressed);
        }
    }
}

async fn set_up(buckets: &Buckets, catalog: &dyn Catalog, at: i64) {
    let root = Caller::new(Principal::Root { account: ACCOUNT.into() });
    let none = Context::new();
    let grant = buckets.authorize(&root, "s3:CreateBucket", Resource::bucket(BUCKET), &none).await.unwrap();
    buckets
        .create_bucket(&grant, CreateBucket { region: REGION.into(), ..CreateBucket::default() })
        .await
        .unwrap();
    let grant =
        buckets.authorize(&root, "s3:PutBucketPolicy", Resource::bucket(BUCKET), &none).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:PutObject"], "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
        "Condition": {"StringEquals": {"aws:SourceArn": key().arn(), "s3:x-amz-acl": "bucket-owner-full-control"}}}]});
    buckets.put_bucket_policy(&grant, &policy.to_string()).await.unwrap();
    let epoch = TrailEpoch { version: 1, at, cause: "made".into(), effective: None, trail: Some(trail()) };
    catalog.commit(trails::change(&key(), None, &epoch).unwrap()).await.unwrap();
}

/// What one delivery of everything took.
struct Delivered {
    /// Until the last log file was accepted.
    seconds: f64,
    /// From then until the digest was, its key made.
    signed: f64,
    files: u64,
}

/// Delivers everything into stores of its own and signs it, as `serve` does.
async fn deliver(journal: &Arc<Kept>, dir: &Path) -> Delivered {
    let clock = Arc::new(ManualClock::new(datetime!(2026-01-02 03:00:00 UTC)));
    let master = Arc::new(MasterKey::random().unwrap());
    let catalog: Arc<dyn Catalog> = Arc::new(SqliteCatalog::open(&dir.join("catalog.sqlite")).unwrap());
    let blobs = Arc::new(FileBlobs::open(&dir.join("blobs"), Arc::clone(&master)).unwrap());
    let buckets = Arc::new(Buckets::new(Arc::clone(&catalog), blobs, clock.clone(), Arc::clone(&master)));
    set_up(&buckets, &*catalog, clock.now().unix_timestamp()).await;
    let pipeline = Pipeline::open(Sources {
        catalog,
        journal: journal.clone(),
        buckets: Arc::clone(&buckets),
        clock: clock.clone(),
        master,
        regions: vec![REGION.into()],
        timing: Timing::default(),
    })
    .await
    .unwrap();
    let progress = pipeline.progress();
    let end = journal.end();
    journal.1.store(0, Ordering::Relaxed);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let start = Instant::now();
    let working = tokio::spawn(pipeline.run(stopped));
    until(|| journal.1.load(Ordering::Relaxed) >= end).await;
    // What is full is delivered at once; five minutes later the rest is due, and an hour later a digest. A record
    // that no trail wants wakes the worker, whose clock this is not.
    clock.advance(time::Duration::minutes(5));
    journal.append(STRANGER.into()).await.unwrap();
    until(|| progress.cursor() >= end).await;
    let seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    clock.advance(time::Duration::hours(1));
    journal.append(STRANGER.into()).await.unwrap();
    until(|| progress.digests() > 0).await;
    let signed = start.elapsed().as_secs_f64();
    stop.send(true).unwrap();
    working.await.unwrap().unwrap();
    let (files, digests) = (progress.files(), progress.digests());
    let root = Caller::new(Principal::Root { account: ACCOUNT.into() });
    let grant =
        buckets.authorize(&root, "s3:ListBucket", Resource::bucket(BUCKET), &Context::new()).await.unwrap();
    let listed = buckets.list_objects_v2(&grant, &ListObjectsV2::default()).await.unwrap().contents.len();
    assert_eq!(listed as u64, files + digests);
    Delivered { seconds, signed, files }
}

async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A record of another account.
const STRANGER: &str = r#"{"eventVersion":"1.11","eventTime":"2026-01-02T03:00:00Z","eventSource":"sts.amazonaws.com","eventName":"GetCallerIdentity","awsRegion":"us-east-1","eventID":"stranger","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"444455556666"}"#;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| {
        let at = arguments.iter().position(|a| a == name);
        at.map_or(default, |at| arguments.get(at + 1).unwrap().parse().unwrap())
    };
    let (records, turns) = (number("--records", 300_000), number("--turns", 5));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let journal = FileJournal::open(
            &dir.path().join("journal"),
            MasterKey::random().unwrap(),
            FileJournalOptions::default(),
        )
        .unwrap();
        let journal = Arc::new(Kept(journal, AtomicU64::new(0)));
        fill(&journal, records).await;
        println!("turn   gzip s   delivery s   records/s   MB/s   ratio   digest s");
        let mut ratios = Vec::new();
        for turn in 0..turns {
            let (limit, bytes, compressed) = compress(&journal).await;
            let stores = dir.path().join(format!("stores-{turn}"));
            std::fs::create_dir(&stores).unwrap();
            let Delivered { seconds, signed, files } = deliver(&journal, &stores).await;
            if turn == 0 {
                println!(
                    "{records} records, {:.0} bytes each, {:.0} MB in {files} log files, compressed to {:.1} %",
                    bytes as f64 / records as f64,
                    bytes as f64 / 1e6,
                    compressed as f64 * 100.0 / bytes as f64,
                );
            }
            let (rate, speed) = (records as f64 / seconds, bytes as f64 / 1e6 / seconds);
            println!("{turn:4} {limit:8.2} {seconds:12.2} {rate:11.0} {speed:6.0} {:7.2} {signed:10.2}", seconds / limit);
            ratios.push(seconds / limit);
            std::fs::remove_dir_all(&stores).unwrap();
        }
        ratios.sort_by(f64::total_cmp);
        println!("median ratio {:.2}", ratios.get(ratios.len() / 2).copied().unwrap_or_default());
    });
}
