//! Replication: what is replicated, as whom, how it is told, and that nothing is lost or doubled whatever fails.

use crate::fixture::{BUCKET, Fixture, OWNER, Seen, asked, body, code, collect, master, root};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use time::Duration;
use trailward_bucket::{
    Algorithm, BucketError, Bypass, CompleteUpload, CompletedPart, CreateUpload, DeleteObject,
    EncryptionAsked, EncryptionView, Expected, ExpectedChecksum, GetObject, GrantedLock, GrantedTags,
    ListVersions, LockMode, ObjectView, PartInput, PutObject, PutVersioning, Replication,
    ReplicationDestination, ReplicationFilter, ReplicationFilterForm, ReplicationRoles, ReplicationRule,
    ReplicationRun, ReplicationStatus, Resource, Retention, StorageClass, Tag, VersionEntry,
};
use trailward_kms::{KeySpec, KeyUsage, Keys};
use trailward_policy::{Caller, Policy, PolicyKind, Principal};
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Blobs, Catalog};

const REPLICA: &str = "replica";
const ROLE: &str = "arn:aws:iam::111111111111:role/replicator";

/// One role, with what it may do; `None` if nobody can assume it.
struct Role(Option<&'static str>);

/// As AWS's documentation writes it.
const ENOUGH: &str = r#""s3:GetReplicationConfiguration","s3:ListBucket","s3:GetObjectVersionForReplication","s3:GetObjectVersionAcl","s3:GetObjectVersionTagging","s3:GetObjectRetention","s3:GetObjectLegalHold","s3:ReplicateObject","s3:ReplicateDelete","s3:ReplicateTags""#;

#[async_trait]
impl ReplicationRoles for Role {
    async fn assume(&self, role: &str, source: &str, account: &str) -> Result<Option<Caller>, BucketError> {
        assert_eq!((role, source, account), (ROLE, BUCKET, OWNER));
        Ok(self.0.map(|actions| {
            let mut caller = Caller::new(Principal::RoleSession {
                account: OWNER.to_owned(),
                role_arn: ROLE.to_owned(),
                session_arn: "arn:aws:sts::111111111111:assumed-role/replicator/s3-replication".to_owned(),
                role_id: "AROAREPLICATOR".to_owned(),
                session_name: "s3-replication".to_owned(),
            });
            let policy = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#
            );
            caller.identity.push(Policy::parse(&policy, PolicyKind::Identity).unwrap());
            caller
        }))
    }
}

fn rule(priority: i64) -> ReplicationRule {
    ReplicationRule {
        id: format!("rule-{priority}"),
        priority: Some(priority),
        enabled: true,
        filter: ReplicationFilter { form: ReplicationFilterForm::Plain, prefix: None, tags: Vec::new() },
        delete_markers: Some(false),
        kms_objects: false,
        destination: ReplicationDestination {
            bucket: REPLICA.to_owned(),
            account: None,
            class: None,
            kms_key: None,
            owner_translation: false,
            time_minutes: None,
            metrics: None,
        },
    }
}

async fn configure(fixture: &Fixture, rules: Vec<ReplicationRule>) -> Result<(), BucketError> {
    let grant = fixture.on_bucket("s3:PutReplicationConfiguration").await;
    fixture.buckets.put_bucket_replication(&grant, Replication { role: ROLE.to_owned(), rules }).await
}

async fn keep_versions(fixture: &Fixture, bucket: &str) {
    let grant =
        fixture.authorize(&root(OWNER), "s3:PutBucketVersioning", Resource::bucket(bucket)).await.unwrap();
    let put = PutVersioning { status: Some("Enabled"), ..PutVersioning::default() };
    fixture.buckets.put_bucket_versioning(&grant, put).await.unwrap();
}

async fn prepare(fixture: &Fixture) {
    keep_versions(fixture, BUCKET).await;
    fixture.create(REPLICA).await.unwrap();
    keep_versions(fixture, REPLICA).await;
}

async fn fixture() -> Fixture {
    let fixture = Fixture::memory().await;
    prepare(&fixture).await;
    fixture
}

async fn run(fixture: &Fixture) -> ReplicationRun {
    fixture.buckets.replicate(&Role(Some(ENOUGH)), &Seen::default()).await.unwrap()
}

async fn versions_in(fixture: &Fixture, bucket: &str) -> Vec<VersionEntry> {
    let grant =
        fixture.authorize(&root(OWNER), "s3:ListBucketVersions", Resource::bucket(bucket)).await.unwrap();
    // In small pages, so that markers with a replica's id are followed too.
    let mut entries = Vec::new();
    let mut query = ListVersions { max_keys: Some(2), ..ListVersions::default() };
    loop {
        let page = fixture.buckets.list_object_versions(&grant, &query).await.unwrap();
        entries.extend(page.entries);
        if !page.is_truncated {
            return entries;
        }
        (query.key_marker, query.version_id_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

async fn head(fixture: &Fixture, bucket: &str, key: &str) -> Result<ObjectView, BucketError> {
    let grant = fixture.authorize(&root(OWNER), "s3:GetObject", Resource::object(bucket, key)).await?;
    fixture.buckets.head_object(&grant, &GetObject::default()).await
}

async fn content(fixture: &Fixture, key: &str, version: &str) -> Bytes {
    let resource = Resource::version(REPLICA, key, version);
    let grant = fixture.authorize(&root(OWNER), "s3:GetObjectVersion", resource).await.unwrap();
    collect(fixture.buckets.get_object(&grant, &GetObject::default()).await.unwrap().body).await
}

#[tokio::test]
async fn versions_arrive_with_their_ids() {
    let fixture = fixture().await;
    fixture.put("a", "before").await;
    configure(&fixture, vec![rule(1)]).await.unwrap();
    let metadata = vec![("signature".to_owned(), "abc".to_owned())];
    let first = PutObject { metadata: metadata.clone(), ..PutObject::default() };
    let first = fixture.put_with("a", first, "one").await.unwrap();
    let second = fixture.put("a", "two").await;
    assert_eq!(head(&fixture, BUCKET, "a").await.unwrap().replication, Some(ReplicationStatus::Pending));
    fixture.clock.advance(Duration::seconds(7));
    let done = run(&fixture).await;
    assert_eq!(done, ReplicationRun { completed: 2, ..ReplicationRun::default() });
    assert_eq!(head(&fixture, BUCKET, "a").await.unwrap().replication, Some(ReplicationStatus::Completed));
    let there = versions_in(&fixture, REPLICA).await;
    let here = versions_in(&fixture, BUCKET).await;
    assert_eq!(there, here[..2], "what was there before is not replicated");
    let replica = head(&fixture, REPLICA, "a").await.unwrap();
    assert_eq!(replica.replication, Some(ReplicationStatus::Replica));
    assert_eq!(replica.version_id, second.version_id);
    assert_eq!(content(&fixture, "a", first.version_id.as_deref().unwrap()).await, "one");
    let resource = Resource::version(REPLICA, "a", first.version_id.unwrap());
    let grant = fixture.authorize(&root(OWNER), "s3:GetObjectVersion", resource).await.unwrap();
    let shown = fixture.buckets.head_object(&grant, &GetObject::default()).await.unwrap();
    assert_eq!((shown.etag, shown.metadata), (first.etag, metadata));
    assert_eq!(run(&fixture).await, ReplicationRun::default());
}

#[tokio::test]
async fn markers_only_where_a_rule_says_so_and_deletions_never() {
    let fixture = fixture().await;
    configure(&fixture, vec![ReplicationRule { delete_markers: Some(true), ..rule(1) }]).await.unwrap();
    let put = fixture.put("a", "x").await;
    let delete = fixture.on("s3:DeleteObject", "a").await;
    fixture.buckets.delete_object(&delete, &DeleteObject::default()).await.unwrap();
    run(&fixture).await;
    assert_eq!(versions_in(&fixture, REPLICA).await, versions_in(&fixture, BUCKET).await);
    // A version that is removed for good here stays there: that is what replicas are for.
    let version = fixture.on_version("s3:DeleteObjectVersion", "a", put.version_id.as_deref().unwrap()).await;
    fixture.buckets.delete_object(&version, &DeleteObject::default()).await.unwrap();
    run(&fixture).await;
    assert_eq!(versions_in(&fixture, REPLICA).await.len(), 2);
    configure(&fixture, vec![rule(1)]).await.unwrap();
    fixture.put("b", "x").await;
    let delete = fixture.on("s3:DeleteObject", "b").await;
    fixture.buckets.delete_object(&delete, &DeleteObject::default()).await.unwrap();
    run(&fixture).await;
    let there = versions_in(&fixture, REPLICA).await;
    assert_eq!(there.iter().filter(|version| version.key == "b").count(), 1);
    // A replica can be deleted by its id.
    let id = there.iter().find(|version| version.key == "b").unwrap().version_id.clone();
    let resource = Resource::version(REPLICA, "b", id);
    let grant = fixture.authorize(&root(OWNER), "s3:DeleteObjectVersion", resource).await.unwrap();
    fixture.buckets.delete_object(&grant, &DeleteObject::default()).await.unwrap();
    assert_eq!(versions_in(&fixture, REPLICA).await.len(), 2);
}

#[tokio::test]
async fn the_highest_priority_that_matches() {
    let fixture = fixture().await;
    let tag = Tag { key: "keep".to_owned(), value: "yes".to_owned() };
    let mut cold = rule(1);
    cold.filter.prefix = Some("logs/".to_owned());
    cold.destination.class = Some(StorageClass::GlacierIr);
    let mut tagged = rule(2);
    tagged.filter.tags = vec![tag.clone()];
    let off = ReplicationRule { enabled: false, ..rule(3) };
    configure(&fixture, vec![cold, tagged, off]).await.unwrap();
    fixture.put("logs/1", "x").await;
    fixture.put("other", "x").await;
    let grant = fixture.on("s3:PutObjectTagging", "logs/2").await;
    let tagging = Some(GrantedTags { tags: vec![tag.clone()], grant });
    fixture.put_with("logs/2", PutObject { tagging, ..PutObject::default() }, "x").await.unwrap();
    assert_eq!(run(&fixture).await.completed, 2);
    assert_eq!(head(&fixture, REPLICA, "logs/1").await.unwrap().storage_class, StorageClass::GlacierIr);
    let both = head(&fixture, REPLICA, "logs/2").await.unwrap();
    assert_eq!((both.storage_class, both.tag_count), (StorageClass::Standard, 1));
    assert_eq!(code(head(&fixture, REPLICA, "other").await), "NoSuchKey");
    assert_eq!(head(&fixture, BUCKET, "other").await.unwrap().replication, None);
}

#[tokio::test]
async fn a_role_that_lacks_something() {
    let fixture = fixture().await;
    configure(&fixture, vec![rule(1)]).await.unwrap();
    fixture.put("a", "x").await;
    for role in [Role(None), Role(Some(r#""s3:ReplicateObject""#)), Role(Some(r#""s3:GetObject*""#))] {
        let done = fixture.buckets.replicate(&role, &Seen::default()).await.unwrap();
        assert_eq!((done.refused, done.waiting, done.completed), (1, 1, 0));
        assert!(versions_in(&fixture, REPLICA).await.is_empty());
        fixture.clock.advance(Duration::hours(1));
    }
    assert_eq!(head(&fixture, BUCKET, "a").await.unwrap().replication, Some(ReplicationStatus::Pending));
    assert_eq!(run(&fixture).await.completed, 1);
    // Refused again and again, it fails, and says so.
    fixture.put("b", "x").await;
    let mut last = ReplicationRun::default();
    for _ in 0..8 {
        last = fixture.buckets.replicate(&Role(None), &Seen::default()).await.unwrap();
        fixture.clock.advance(Duration::hours(2));
    }
    assert_eq!(last.failed, 1);
    assert_eq!(head(&fixture, BUCKET, "b").await.unwrap().replication, Some(ReplicationStatus::Failed));
    assert_eq!(run(&fixture).await, ReplicationRun::default());
}

#[tokio::test]
async fn a_destination_policy_counts() {
    let fixture = fixture().await;
    configure(&fixture, vec![rule(1)]).await.unwrap();
    let grant =
        fixture.authorize(&root(OWNER), "s3:PutBucketPolicy", Resource::bucket(REPLICA)).await.unwrap();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:ReplicateObject","Resource":"arn:aws:s3:::{REPLICA}/*","Condition":{{"ArnEquals":{{"aws:PrincipalArn":"{ROLE}"}}}}}}]}}"#
    );
    fixture.buckets.put_bucket_policy(&grant, &policy).await.unwrap();
    fixture.put("a", "x").await;
    assert_eq!(run(&fixture).await.refused, 1);
}

#[tokio::test]
async fn objects_under_keys() {
    let fixture = fixture().await;
    let keys = Keys::new(fixture.catalog.clone(), master());
    let mut made = Vec::new();
    for id in [1, 2] {
        let kind = (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt);
        let key = keys
            .create((OWNER, "us-east-1"), [id; 16], 0, kind, None, String::new(), Vec::new())
            .await
            .unwrap();
        made.push(key.arn());
    }
    let under = |key: &str| EncryptionAsked { kms_key: Some(key.to_owned()), ..asked("aws:kms") };
    let put = || PutObject { encryption: under(&made[0]), ..PutObject::default() };
    configure(&fixture, vec![rule(1)]).await.unwrap();
    fixture.put_with("a", put(), "x").await.unwrap();
    assert_eq!(run(&fixture).await, ReplicationRun::default(), "not unless a rule says so");
    let mut sealed = ReplicationRule { kms_objects: true, ..rule(1) };
    sealed.destination.kms_key = Some(made[1].clone());
    configure(&fixture, vec![sealed]).await.unwrap();
    fixture.put_with("b", put(), "secret").await.unwrap();
    assert_eq!(run(&fixture).await.refused, 1, "the role has no key");
    fixture.clock.advance(Duration::minutes(5));
    let mighty: &str = Box::leak(format!(r#"{ENOUGH},"kms:Decrypt","kms:Encrypt""#).into_boxed_str());
    assert_eq!(fixture.buckets.replicate(&Role(Some(mighty)), &Seen::default()).await.unwrap().completed, 1);
    let there = head(&fixture, REPLICA, "b").await.unwrap();
    assert_eq!(there.encryption, EncryptionView::Kms { key: made[1].clone(), bucket_key: false });
    assert_eq!(content(&fixture, "b", there.version_id.as_deref().unwrap()).await, "secret");
}

/// Buckets with Object Lock want one.
fn with_checksum(lock: GrantedLock) -> PutObject {
    let checksum = ExpectedChecksum { algorithm: Algorithm::Crc32, expected: Expected::Computed };
    PutObject { lock, checksum: Some(checksum), ..PutObject::default() }
}

/// May do everything.
struct Any;
#[async_trait]
impl ReplicationRoles for Any {
    async fn assume(&self, _: &str, _: &str, _: &str) -> Result<Option<Caller>, BucketError> {
        Ok(Some(root(OWNER)))
    }
}

/// Does not see locks.
struct Blind;
#[async_trait]
impl ReplicationRoles for Blind {
    async fn assume(&self, role: &str, _: &str, account: &str) -> Result<Option<Caller>, BucketError> {
        Role(Some(r#""s3:GetObjectVersionForReplication","s3:Replicate*""#))
            .assume(role, BUCKET, account)
            .await
    }
}

/// A role that may do all but touch tags.
struct Untagging;

#[async_trait]
impl ReplicationRoles for Untagging {
    async fn assume(&self, _: &str, _: &str, _: &str) -> Result<Option<Caller>, BucketError> {
        Role(Some(
            r#""s3:GetObjectVersionForReplication","s3:GetObjectRetention","s3:GetObjectLegalHold","s3:ReplicateObject""#,
        ))
        .assume(ROLE, BUCKET, OWNER)
        .await
    }
}

#[tokio::test]
async fn every_write_and_every_refusal_is_told() {
    let fixture = fixture().await;
    let mut wanted = rule(1);
    wanted.delete_markers = Some(true);
    configure(&fixture, vec![wanted]).await.unwrap();
    fixture.put("a", "content").await;
    let seen = Seen::default();
    fixture.buckets.replicate(&Role(Some(r#""s3:GetObjectVersionForReplication""#)), &seen).await.unwrap();
    assert_eq!(seen.take(), [("PutObject", "a".to_owned(), Some("AccessDenied"))]);
    fixture.clock.advance(Duration::hours(1));
    fixture.buckets.replicate(&Role(Some(ENOUGH)), &seen).await.unwrap();
    let told = std::mem::take(&mut *seen.0.lock().unwrap());
    let [(deed, None)] = told.as_slice() else { panic!("one deed that was done: {told:?}") };
    assert_eq!((deed.name, deed.bucket.as_str(), deed.owner.as_str()), ("PutObject", REPLICA, OWNER));
    assert_eq!(deed.version.as_ref(), Some(&versions_in(&fixture, REPLICA).await[0].version_id));
    assert_eq!(deed.because["replicationFrom"], BUCKET);
    let grant = fixture.on("s3:DeleteObject", "a").await;
    fixture.buckets.delete_object(&grant, &DeleteObject::default()).await.unwrap();
    fixture.buckets.replicate(&Role(Some(ENOUGH)), &seen).await.unwrap();
    assert_eq!(seen.take(), [("DeleteObject", "a".to_owned(), None)]);
    fixture.buckets.replicate(&Role(Some(ENOUGH)), &seen).await.unwrap();
    assert!(seen.take().is_empty(), "what is done is not told again");
}

#[tokio::test]
async fn locks_and_tags_follow() {
    let fixture = Fixture::memory().await;
    for (bucket, make) in [("locked-here", true), ("locked-there", true)] {
        let grant =
            fixture.authorize(&root(OWNER), "s3:CreateBucket", Resource::bucket(bucket)).await.unwrap();
        let create = trailward_bucket::CreateBucket {
            region: "us-east-1".to_owned(),
            object_lock: make,
            ..trailward_bucket::CreateBucket::default()
        };
        fixture.buckets.create_bucket(&grant, create).await.unwrap();
    }
    let on = async |action: &'static str, bucket: &str, key: &str| {
        fixture.authorize(&root(OWNER), action, Resource::object(bucket, key)).await.unwrap()
    };
    let grant = fixture
        .authorize(&root(OWNER), "s3:PutReplicationConfiguration", Resource::bucket("locked-here"))
        .await
        .unwrap();
    let to = |bucket: &str| {
        let mut rule = rule(1);
        bucket.clone_into(&mut rule.destination.bucket);
        Replication { role: ROLE.to_owned(), rules: vec![rule] }
    };
    prepare(&fixture).await;
    let unlocked = fixture.buckets.put_bucket_replication(&grant, to(REPLICA)).await;
    assert_eq!(code(unlocked), "InvalidRequest", "a lock must not be lost on the way");
    fixture.buckets.put_bucket_replication(&grant, to("locked-there")).await.unwrap();
    let until =
        |seconds: i64| Retention { mode: LockMode::Compliance, until: (1_700_000_000 + seconds) * 1000 };
    let lock = GrantedLock {
        retention: Some((until(86_400), on("s3:PutObjectRetention", "locked-here", "a").await)),
        legal_hold: None,
    };
    let put = with_checksum(lock);
    let grant = on("s3:PutObject", "locked-here", "a").await;
    fixture.buckets.put_object(&grant, put, body("x")).await.unwrap();
    assert_eq!(fixture.buckets.replicate(&Any, &Seen::default()).await.unwrap().completed, 1);
    let held = async |bucket: &str| {
        let grant = on("s3:GetObjectRetention", bucket, "a").await;
        fixture.buckets.get_object_retention(&grant).await.unwrap().until
    };
    assert_eq!(held("locked-there").await, until(86_400).until);
    // Extending it here extends it there; tags follow as well.
    let grant = on("s3:PutObjectRetention", "locked-here", "a").await;
    fixture.buckets.put_object_retention(&grant, Some(until(172_800)), &Bypass::default()).await.unwrap();
    let grant = on("s3:PutObjectTagging", "locked-here", "a").await;
    let tag = Tag { key: "case".to_owned(), value: "17".to_owned() };
    fixture.buckets.put_object_tagging(&grant, vec![tag]).await.unwrap();
    assert_eq!(fixture.buckets.replicate(&Any, &Seen::default()).await.unwrap().completed, 1);
    assert_eq!(held("locked-there").await, until(172_800).until);
    assert_eq!(head(&fixture, "locked-there", "a").await.unwrap().tag_count, 1);
    // A hold that the destination's owner sets is not the source's to take away, nor are tags without the right.
    let grant = on("s3:PutObjectLegalHold", "locked-there", "a").await;
    fixture.buckets.put_object_legal_hold(&grant, true).await.unwrap();
    let grant = on("s3:PutObjectLegalHold", "locked-here", "a").await;
    fixture.buckets.put_object_legal_hold(&grant, false).await.unwrap();
    let seen = Seen::default();
    assert_eq!(fixture.buckets.replicate(&Any, &seen).await.unwrap().completed, 1);
    let grant = on("s3:GetObjectLegalHold", "locked-there", "a").await;
    assert!(fixture.buckets.get_object_legal_hold(&grant).await.unwrap());
    assert!(seen.take().is_empty(), "nothing was done");
    let grant = on("s3:DeleteObjectTagging", "locked-here", "a").await;
    fixture.buckets.delete_object_tagging(&grant).await.unwrap();
    assert_eq!(fixture.buckets.replicate(&Untagging, &seen).await.unwrap().refused, 1);
    assert_eq!(head(&fixture, "locked-there", "a").await.unwrap().tag_count, 1);
    fixture.clock.advance(Duration::minutes(1));
    assert_eq!(fixture.buckets.replicate(&Any, &seen).await.unwrap().completed, 1);
    assert_eq!(head(&fixture, "locked-there", "a").await.unwrap().tag_count, 0);
    assert_eq!(seen.take(), [("PutObjectTagging", "a".to_owned(), None)]);
    // Without the right to see locks, none is lost: nothing is replicated.
    let grant = on("s3:PutObject", "locked-here", "b").await;
    let lock = GrantedLock {
        retention: Some((until(86_400), on("s3:PutObjectRetention", "locked-here", "b").await)),
        legal_hold: None,
    };
    fixture.buckets.put_object(&grant, with_checksum(lock), body("x")).await.unwrap();
    assert_eq!(fixture.buckets.replicate(&Blind, &Seen::default()).await.unwrap().refused, 1);
}

#[tokio::test]
async fn configurations_that_do_not_do() {
    let fixture = Fixture::memory().await;
    fixture.create(REPLICA).await.unwrap();
    let read = fixture.on_bucket("s3:GetReplicationConfiguration").await;
    let none = fixture.buckets.get_bucket_replication(&read).await;
    assert_eq!(code(none), "ReplicationConfigurationNotFoundError");
    assert_eq!(code(configure(&fixture, vec![rule(1)]).await), "InvalidRequest", "no versioning");
    keep_versions(&fixture, BUCKET).await;
    assert_eq!(code(configure(&fixture, vec![rule(1)]).await), "InvalidRequest", "none there");
    keep_versions(&fixture, REPLICA).await;
    let changed = |change: &dyn Fn(&mut ReplicationRule)| {
        let mut rule = rule(1);
        change(&mut rule);
        vec![rule]
    };
    let tag = || Tag { key: "a".to_owned(), value: "b".to_owned() };
    let wrong: Vec<(&str, Vec<ReplicationRule>)> = vec![
        ("MalformedXML", Vec::new()),
        ("MalformedXML", (0..1001).map(rule).collect()),
        ("InvalidArgument", vec![rule(1), ReplicationRule { id: "other".to_owned(), ..rule(1) }]),
        ("InvalidArgument", vec![rule(1), ReplicationRule { id: "rule-1".to_owned(), ..rule(2) }]),
        ("InvalidArgument", changed(&|rule| rule.id = "x".repeat(256))),
        ("InvalidArgument", changed(&|rule| rule.priority = Some(-1))),
        ("InvalidArgument", changed(&|rule| rule.filter.prefix = Some("x".repeat(1025)))),
        ("InvalidRequest", changed(&|rule| rule.priority = None)),
        ("InvalidRequest", changed(&|rule| rule.delete_markers = None)),
        ("InvalidRequest", changed(&|rule| rule.filter.form = ReplicationFilterForm::Legacy)),
        ("InvalidRequest", changed(&|rule| rule.destination.bucket = BUCKET.to_owned())),
        ("InvalidRequest", changed(&|rule| rule.destination.bucket = "nowhere".to_owned())),
        ("InvalidRequest", changed(&|rule| rule.destination.account = Some("222222222222".to_owned()))),
        ("InvalidRequest", changed(&|rule| rule.destination.owner_translation = true)),
        ("InvalidRequest", changed(&|rule| rule.kms_objects = true)),
        ("InvalidRequest", changed(&|rule| rule.destination.kms_key = Some("k".to_owned()))),
        ("InvalidRequest", changed(&|rule| rule.destination.time_minutes = Some(15))),
        ("InvalidRequest", changed(&|rule| rule.destination.metrics = Some(Some(7)))),
        (
            "InvalidRequest",
            changed(&|rule| (rule.filter.tags, rule.delete_markers) = (vec![tag()], Some(true))),
        ),
        ("InvalidRequest", changed(&|rule| rule.filter.tags = vec![tag(), tag()])),
    ];
    for (expected, rules) in wrong {
        let shown = format!("{:.300}", format!("{rules:?}"));
        assert_eq!(code(configure(&fixture, rules).await), expected, "{shown}");
    }
    configure(&fixture, vec![rule(1)]).await.unwrap();
    let grant = fixture.on_bucket("s3:PutBucketVersioning").await;
    let suspend = PutVersioning { status: Some("Suspended"), ..PutVersioning::default() };
    assert_eq!(code(fixture.buckets.put_bucket_versioning(&grant, suspend).await), "InvalidBucketState");
    let delete = fixture.on_bucket("s3:PutReplicationConfiguration").await;
    fixture.buckets.delete_bucket_replication(&delete).await.unwrap();
    fixture.buckets.put_bucket_versioning(&grant, suspend).await.unwrap();
}

/// Whatever call to the stores fails, in the writes as in the replication, afterwards each version that is here is there
/// once, and no blob is left over.
#[tokio::test]
async fn nothing_lost_or_doubled_after_failures() {
    async fn attempt(call: u64, mode: FaultMode) -> bool {
        let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let sound = Fixture::over(catalog.clone(), blobs.clone());
        sound.create(BUCKET).await.unwrap();
        prepare(&sound).await;
        configure(&sound, vec![ReplicationRule { delete_markers: Some(true), ..rule(1) }]).await.unwrap();
        let put = sound.on("s3:PutObject", "a").await;
        let delete = sound.on("s3:DeleteObject", "a").await;
        let plan = FaultPlan::fail_call(call, mode);
        let faulty = Fixture::over(
            Arc::new(FaultyCatalog::new(catalog, plan.clone())),
            Arc::new(FaultyBlobs::new(blobs, plan.clone())),
        );
        for content in ["one", "two"] {
            let _ = faulty.buckets.put_object(&put, PutObject::default(), body(content)).await;
        }
        let _ = faulty.buckets.delete_object(&delete, &DeleteObject::default()).await;
        let _ = faulty.buckets.replicate(&Role(Some(ENOUGH)), &Seen::default()).await;
        let hit = plan.calls() >= call;
        sound.clock.advance(Duration::hours(1));
        run(&sound).await;
        assert_eq!(run(&sound).await, ReplicationRun::default());
        let (here, there) = (versions_in(&sound, BUCKET).await, versions_in(&sound, REPLICA).await);
        let ids = |versions: &[VersionEntry]| {
            let mut ids: Vec<_> =
                versions.iter().map(|v| (v.version_id.clone(), v.object.as_ref().map(|o| o.size))).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&here), ids(&there), "call {call} {mode:?}");
        sound.buckets.sweep().await.unwrap();
        let objects = here.iter().chain(&there).filter(|version| version.object.is_some()).count();
        assert_eq!(sound.blob_count().await, objects, "call {call} {mode:?}");
        hit
    }
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while attempt(call, mode).await {
            call += 1;
        }
        assert!(call > 60, "{call}");
    }
}

#[tokio::test]
async fn an_object_made_of_parts() {
    let fixture = fixture().await;
    configure(&fixture, vec![rule(1)]).await.unwrap();
    let grant = fixture.on("s3:PutObject", "big").await;
    let buckets = &fixture.buckets;
    let upload = buckets.create_multipart_upload(&grant, CreateUpload::default()).await.unwrap().upload_id;
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 << 20), (2, 1000)] {
        let content = vec![u8::try_from(number).unwrap(); size];
        let part = buckets.upload_part(&grant, &upload, number, PartInput::default(), body(content)).await;
        parts.push(CompletedPart { number, etag: part.unwrap().etag, ..CompletedPart::default() });
    }
    let complete = CompleteUpload { parts, ..CompleteUpload::default() };
    let done = buckets.complete_multipart_upload(&grant, &upload, &complete).await.unwrap();
    run(&fixture).await;
    let there = head(&fixture, REPLICA, "big").await.unwrap();
    assert_eq!((there.etag, there.version_id.clone()), (done.etag, done.version_id));
    let bytes = content(&fixture, "big", &there.version_id.unwrap()).await;
    assert_eq!(bytes.len(), (5 << 20) + 1000);
    assert!(bytes.starts_with(&[1]) && bytes.ends_with(&[2]));
}
