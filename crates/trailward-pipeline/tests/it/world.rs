//! An account with a bucket and a trail, records, and an auditor who reads what was delivered.

use flate2::read::MultiGzDecoder;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;
use time::macros::datetime;
use trailward_bucket::{
    Buckets, Caller, Context, CreateBucket, GetObject, ListObjectsV2, Principal, Resource,
};
use trailward_digest::{DigestFile, PublicKey, check_digest, check_link, check_log};
use trailward_model::selector::Selectors;
use trailward_model::{ManualClock, Trail, TrailEpoch, TrailKey};
use trailward_pipeline::{Pipeline, Sources, Timing};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog, MemoryJournal};
use trailward_store::seal::MasterKey;
use trailward_store::{Blobs, Catalog, Journal, signing_keys, trails};

pub const ACCOUNT: &str = "111122223333";
pub const BUCKET: &str = "logs";

pub struct World {
    pub clock: Arc<ManualClock>,
    pub catalog: Arc<dyn Catalog>,
    pub journal: Arc<dyn Journal>,
    pub blobs: Arc<dyn Blobs>,
    pub master: Arc<MasterKey>,
    pub regions: Vec<String>,
    pub timing: Timing,
    made: std::cell::Cell<u64>,
}

/// What an auditor found: per Region, the chains' digests and the records of the files they list.
#[derive(Debug, Default)]
pub struct Audit {
    pub digests: Vec<DigestFile>,
    /// Request ids in delivered files, listed or not.
    pub delivered: Vec<String>,
    /// Request ids in files that a digest lists.
    pub listed: Vec<String>,
    pub keys: Vec<String>,
}

impl World {
    pub fn new() -> Self {
        Self {
            clock: Arc::new(ManualClock::new(datetime!(2026-01-02 03:00:00 UTC))),
            catalog: Arc::new(MemoryCatalog::default()),
            journal: Arc::new(MemoryJournal::default()),
            blobs: Arc::new(MemoryBlobs::default()),
            master: Arc::new(MasterKey::random().unwrap()),
            regions: vec!["eu-west-1".into(), "us-east-1".into()],
            timing: Timing::default(),
            made: std::cell::Cell::new(0),
        }
    }

    pub fn buckets(&self) -> Arc<Buckets> {
        Arc::new(Buckets::new(
            self.catalog.clone(),
            self.blobs.clone(),
            self.clock.clone(),
            self.master.clone(),
        ))
    }

    pub fn sources(&self) -> Sources {
        self.sources_on(self.catalog.clone(), self.journal.clone(), self.blobs.clone())
    }

    pub fn sources_on(
        &self,
        catalog: Arc<dyn Catalog>,
        journal: Arc<dyn Journal>,
        blobs: Arc<dyn Blobs>,
    ) -> Sources {
        Sources {
            buckets: Arc::new(Buckets::new(catalog.clone(), blobs, self.clock.clone(), self.master.clone())),
            catalog,
            journal,
            clock: self.clock.clone(),
            master: self.master.clone(),
            regions: self.regions.clone(),
            timing: self.timing,
        }
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
    }

    /// What there is to read is read, then time passes, then what is due is done.
    pub async fn pass(&self, pipeline: &mut Pipeline, seconds: i64) {
        pipeline.work_off().await.unwrap();
        self.advance(seconds);
        pipeline.work_off().await.unwrap();
    }

    pub fn root() -> Caller {
        Caller::new(Principal::Root { account: ACCOUNT.into() })
    }

    pub async fn make_bucket(&self, trail: &TrailKey) {
        let buckets = self.buckets();
        let none = Context::new();
        let grant = buckets
            .authorize(&Self::root(), "s3:CreateBucket", Resource::bucket(BUCKET), &none)
            .await
            .unwrap();
        let create = CreateBucket { region: "us-east-1".into(), ..CreateBucket::default() };
        buckets.create_bucket(&grant, create).await.unwrap();
        self.set_policy(&trail.arn()).await;
    }

    /// Epoch seconds.
    pub fn now(&self) -> i64 {
        use trailward_model::Clock as _;
        self.clock.now().unix_timestamp()
    }

    /// Puts something that is no digest at `key`.
    pub async fn squat(&self, key: &str) {
        let buckets = self.buckets();
        let at = Resource::object(BUCKET, key);
        let grant = buckets.authorize(&Self::root(), "s3:PutObject", at, &Context::new()).await.unwrap();
        let body = Box::pin(futures::stream::once(async { Ok(bytes::Bytes::from_static(b"mine")) }));
        buckets.put_object(&grant, trailward_bucket::PutObject::default(), body).await.unwrap();
    }

    /// Deletes what is at `key`.
    pub async fn vacate(&self, key: &str) {
        let buckets = self.buckets();
        let at = Resource::object(BUCKET, key);
        let grant = buckets.authorize(&Self::root(), "s3:DeleteObject", at, &Context::new()).await.unwrap();
        buckets.delete_object(&grant, &trailward_bucket::DeleteObject::default()).await.unwrap();
    }

    pub async fn set_policy(&self, source: &str) {
        let buckets = self.buckets();
        let grant = buckets
            .authorize(&Self::root(), "s3:PutBucketPolicy", Resource::bucket(BUCKET), &Context::new())
            .await
            .unwrap();
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": ["s3:PutObject"], "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
            "Condition": {"StringEquals": {"aws:SourceArn": source, "s3:x-amz-acl": "bucket-owner-full-control"}}}]});
        buckets.put_bucket_policy(&grant, &policy.to_string()).await.unwrap();
    }

    pub fn trail(name: &str) -> Trail {
        Trail {
            key: TrailKey { account: ACCOUNT.into(), home_region: "us-east-1".into(), name: name.into() },
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

    /// What the API does: the change, then the record of the call that made it. Returns its request id.
    pub async fn change(&self, key: &TrailKey, version: u64, trail: Option<Trail>) -> String {
        let cause = self.store_change(key, version, trail).await;
        self.append(&cause, ("cloudtrail.amazonaws.com", ACCOUNT), "us-east-1").await;
        cause
    }

    /// The change alone, as though the process had died before the record.
    pub async fn store_change(&self, key: &TrailKey, version: u64, trail: Option<Trail>) -> String {
        let cause = self.name();
        let revision = trails::find(&*self.catalog, key).await.unwrap().map(|(_, revision)| revision);
        let at = trailward_model::Clock::now(&*self.clock).unix_timestamp();
        let trail = trail.map(|trail| Trail { version, ..trail });
        let epoch = TrailEpoch { version, at, cause: cause.clone(), effective: None, trail };
        self.catalog.commit(trails::change(key, revision, &epoch).unwrap()).await.unwrap();
        cause
    }

    fn name(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("request-{:06}", self.made.get())
    }

    /// The same, by a call of AWS Organizations that somebody joins or leaves by.
    pub async fn membership(&self, key: &TrailKey, version: u64, trail: Trail) -> String {
        let cause = self.store_change(key, version, Some(trail)).await;
        self.append(&cause, ("organizations.amazonaws.com", ACCOUNT), "us-east-1").await;
        cause
    }

    /// A management record; returns its request id.
    pub async fn record(&self, region: &str) -> String {
        self.record_of(ACCOUNT, region).await
    }

    /// A management record of another account.
    pub async fn record_of(&self, account: &str, region: &str) -> String {
        let id = self.name();
        self.append(&id, ("iam.amazonaws.com", account), region).await;
        id
    }

    /// A change whose call failed inside after it was made, as its record says.
    pub async fn doubtful_change(&self, key: &TrailKey, version: u64, trail: Option<Trail>) -> String {
        let cause = self.store_change(key, version, trail).await;
        self.append_with(&cause, ("cloudtrail.amazonaws.com", ACCOUNT), "us-east-1", Some("InternalFailure"))
            .await;
        cause
    }

    async fn append(&self, id: &str, source: (&str, &str), region: &str) {
        self.append_with(id, source, region, None).await;
    }

    async fn append_with(
        &self,
        id: &str,
        (source, account): (&str, &str),
        region: &str,
        error: Option<&str>,
    ) {
        let time = trailward_model::stamp::extended(trailward_model::Clock::now(&*self.clock));
        let record = json!({"eventVersion": "1.11", "userIdentity": {"type": "Root"}, "eventTime": time,
            "eventSource": source, "eventName": "X", "awsRegion": region, "requestID": id, "eventID": id,
            "readOnly": false, "errorCode": error, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": account, "eventCategory": "Management"});
        self.journal.append(record.to_string().into_bytes().into()).await.unwrap();
    }

    pub async fn pipeline(&self) -> Pipeline {
        Pipeline::open(self.sources()).await.unwrap()
    }

    async fn read(&self, key: &str) -> (Vec<u8>, BTreeMap<String, String>) {
        let buckets = self.buckets();
        let grant = buckets
            .authorize(&Self::root(), "s3:GetObject", Resource::object(BUCKET, key), &Context::new())
            .await
            .unwrap();
        let mut read = buckets.get_object(&grant, &GetObject::default()).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(piece) = read.body.next().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        (text, read.view.metadata.into_iter().collect())
    }

    pub async fn list(&self) -> Vec<String> {
        let buckets = self.buckets();
        let grant = buckets
            .authorize(&Self::root(), "s3:ListBucket", Resource::bucket(BUCKET), &Context::new())
            .await
            .unwrap();
        let list = buckets.list_objects_v2(&grant, &ListObjectsV2::default()).await.unwrap();
        assert!(list.next_continuation_token.is_none(), "more than a page");
        list.contents.into_iter().map(|object| object.key).collect()
    }

    /// Reads everything delivered and checks it: hashes, signatures, links, no gap between windows.
    pub async fn audit(&self) -> Audit {
        let mut audit = Audit { keys: self.list().await, ..Audit::default() };
        let mut chains: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for key in &audit.keys {
            if key.contains("/CloudTrail-Digest/") {
                let file = key.split('/').next_back().unwrap();
                let parts: Vec<&str> = file.split('_').collect();
                let chain =
                    format!("{} {} {}", key.split("CloudTrail-Digest").next().unwrap(), parts[0], parts[3]);
                chains.entry((parts[2].to_owned(), chain)).or_default().push(key.clone());
            } else {
                let (text, _) = self.read(key).await;
                audit.delivered.extend(requests(&text));
            }
        }
        for ((region, _), keys) in chains {
            let public: BTreeMap<String, PublicKey> = signing_keys::of_region(&*self.catalog, &region)
                .await
                .unwrap()
                .into_iter()
                .map(|k| {
                    use base64::Engine as _;
                    let der = base64::engine::general_purpose::STANDARD.decode(&k.public_der).unwrap();
                    (k.fingerprint, PublicKey(der))
                })
                .collect();
            let mut before: Option<(DigestFile, Vec<u8>, String)> = None;
            let mut keys = keys;
            keys.sort_by_key(|key| {
                trailward_model::delivered::Delivered::parse(key).map(|named| named.stamp)
            });
            for key in keys {
                let (bytes, metadata) = self.read(&key).await;
                let signature = metadata["signature"].clone();
                let said: DigestFile = serde_json::from_slice(&bytes).unwrap();
                let signer = &public[&said.digest_public_key_fingerprint];
                let digest = check_digest(&bytes, (BUCKET, &key), &signature, signer).unwrap();
                if digest.previous_digest_signature.is_some() {
                    let (older, older_bytes, older_signature) = before.as_ref().expect("a predecessor");
                    check_link(&digest, older, older_bytes, older_signature).unwrap();
                }
                for log in &digest.log_files {
                    let (text, _) = self.read(&log.s3_object).await;
                    check_log(log, &text).unwrap();
                    audit.listed.extend(requests(&text));
                }
                before = Some((digest.clone(), bytes, signature));
                audit.digests.push(digest);
            }
        }
        audit.delivered.sort();
        audit.listed.sort();
        audit
    }
}

fn requests(text: &[u8]) -> Vec<String> {
    let file: Value = serde_json::from_slice(text).unwrap();
    let records = file["Records"].as_array().unwrap();
    assert!(!records.is_empty(), "an empty log file was delivered");
    records.iter().map(|r| r["requestID"].as_str().unwrap().to_owned()).collect()
}

/// The default intervals, as whole seconds.
pub const DELIVERY: i64 = 300;
pub const DIGEST: i64 = 3600;

pub fn short(timing: &mut Timing) {
    timing.retry_first = Duration::from_secs(1);
    timing.retry_most = Duration::from_mins(1);
}
