//! Object Lock, rule by rule.

use crate::fixture::{BUCKET, Fixture, OWNER, body, code, root, user};
use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use time::Duration;
use trailward_bucket::{
    BucketError, BucketLock, Buckets, Bypass, CompleteUpload, CompletedPart, CopyObject, CreateBucket,
    CreateUpload, DefaultRetention, DeleteBy, DeleteEntry, DeleteObject, DeleteOutput, Denied, Expected,
    ExpectedChecksum, GetObject, Grant, GrantedLock, LockMode, PartInput, PutObject, PutVersioning, Resource,
    Retention, RetentionPeriod,
};
use trailward_model::Clock as _;
use trailward_policy::Context;
use trailward_store::{Batch, Catalog, Entry, Item, Revision, Scan, StoreError};

const LOCKED: &str = "Access Denied because object protected by object lock.";

/// A bucket with Object Lock, and a default retention if there is one.
async fn locked(default: Option<(LockMode, RetentionPeriod)>) -> Fixture {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    configure(&fixture, default).await.unwrap();
    fixture
}

async fn configure(
    fixture: &Fixture,
    default: Option<(LockMode, RetentionPeriod)>,
) -> Result<(), BucketError> {
    let grant = fixture.on_bucket("s3:PutBucketObjectLockConfiguration").await;
    let default = default.map(|(mode, period)| DefaultRetention { mode, period });
    fixture.buckets.put_object_lock_configuration(&grant, BucketLock { default }).await
}

fn with_digest() -> PutObject {
    let checksum =
        ExpectedChecksum { algorithm: trailward_bucket::Algorithm::Crc32, expected: Expected::Computed };
    PutObject { checksum: Some(checksum), ..PutObject::default() }
}

impl Fixture {
    fn days(&self, mode: LockMode, days: i64) -> Retention {
        Retention::new(mode, self.clock.now() + Duration::days(days)).unwrap()
    }

    async fn put_locked(&self, key: &str) -> String {
        self.put_with(key, with_digest(), "content").await.unwrap().version_id.unwrap()
    }

    async fn retain(
        &self,
        key: &str,
        version: &str,
        retention: Option<Retention>,
        bypass: Bypass,
    ) -> Result<(), BucketError> {
        let grant = self.on_version("s3:PutObjectRetention", key, version).await;
        self.buckets.put_object_retention(&grant, retention, &bypass).await
    }

    async fn hold(&self, key: &str, version: &str, on: bool) -> Result<(), BucketError> {
        let grant = self.on_version("s3:PutObjectLegalHold", key, version).await;
        self.buckets.put_object_legal_hold(&grant, on).await
    }

    async fn bypass(&self, key: &str, version: &str) -> Bypass {
        Bypass::Asked(Ok(self.on_version("s3:BypassGovernanceRetention", key, version).await))
    }

    async fn remove(&self, key: &str, version: &str, bypass: Bypass) -> Result<DeleteOutput, BucketError> {
        let grant = self.on_version("s3:DeleteObjectVersion", key, version).await;
        self.buckets.delete_object(&grant, &DeleteObject { bypass, ..DeleteObject::default() }).await
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, BucketError>) {
    let error = result.expect_err("a locked version");
    assert_eq!((error.code(), error.status(), error.to_string().as_str()), ("AccessDenied", 403, LOCKED));
}

#[tokio::test]
async fn compliance_holds_against_everybody_until_its_date() {
    let fixture = locked(None).await;
    let id = fixture.put_locked("a").await;
    fixture.retain("a", &id, Some(fixture.days(LockMode::Compliance, 2)), Bypass::NotAsked).await.unwrap();
    refused(fixture.remove("a", &id, Bypass::NotAsked).await);
    refused(fixture.remove("a", &id, fixture.bypass("a", &id).await).await);
    for weaker in [
        None,
        Some(fixture.days(LockMode::Compliance, 1)),
        Some(fixture.days(LockMode::Governance, 2)),
        Some(fixture.days(LockMode::Governance, 9)),
    ] {
        refused(fixture.retain("a", &id, weaker, Bypass::NotAsked).await);
        refused(fixture.retain("a", &id, weaker, fixture.bypass("a", &id).await).await);
    }
    // The same again, and longer, weaken nothing.
    fixture.retain("a", &id, Some(fixture.days(LockMode::Compliance, 2)), Bypass::NotAsked).await.unwrap();
    fixture.retain("a", &id, Some(fixture.days(LockMode::Compliance, 3)), Bypass::NotAsked).await.unwrap();
    fixture.clock.advance(Duration::days(3) - Duration::milliseconds(1));
    refused(fixture.remove("a", &id, Bypass::NotAsked).await);
    assert_eq!(fixture.get_version("a", &id).await.unwrap(), "content");
    fixture.clock.advance(Duration::milliseconds(1));
    fixture.remove("a", &id, Bypass::NotAsked).await.unwrap();
    assert!(fixture.versions().await.is_empty());
}

#[tokio::test]
async fn governance_gives_way_to_permission_and_header_together() {
    let fixture = locked(None).await;
    let id = fixture.put_locked("a").await;
    let governance = |days| Some(fixture.days(LockMode::Governance, days));
    fixture.retain("a", &id, governance(5), Bypass::NotAsked).await.unwrap();
    // The permission without the header.
    refused(fixture.remove("a", &id, Bypass::NotAsked).await);
    refused(fixture.retain("a", &id, governance(4), Bypass::NotAsked).await);
    refused(fixture.retain("a", &id, Some(fixture.days(LockMode::Compliance, 5)), Bypass::NotAsked).await);
    // The header without the permission.
    let denied = async || -> Result<Grant, Denied> {
        let anybody = user(OWNER, None);
        let resource = Resource::version(BUCKET, "a", &*id);
        fixture.authorize(&anybody, "s3:BypassGovernanceRetention", resource).await
    };
    let error = fixture.remove("a", &id, Bypass::Asked(denied().await)).await.unwrap_err();
    assert_eq!(error.code(), "AccessDenied");
    assert!(error.to_string().contains("s3:BypassGovernanceRetention"), "{error}");
    assert_eq!(code(fixture.retain("a", &id, None, Bypass::Asked(denied().await)).await), "AccessDenied");
    // A permission for another object.
    fixture.put_locked("b").await;
    let other = Bypass::Asked(Ok(fixture.on("s3:BypassGovernanceRetention", "b").await));
    refused(fixture.remove("a", &id, other).await);
    // A permission for something else.
    let other = Bypass::Asked(Ok(fixture.on("s3:DeleteObject", "a").await));
    assert_eq!(code(fixture.remove("a", &id, other).await), "AccessDenied");
    // Longer needs neither; shorter, none and removal need both.
    fixture.retain("a", &id, governance(6), Bypass::NotAsked).await.unwrap();
    fixture.retain("a", &id, governance(1), fixture.bypass("a", &id).await).await.unwrap();
    fixture.retain("a", &id, None, fixture.bypass("a", &id).await).await.unwrap();
    fixture.retain("a", &id, governance(1), Bypass::NotAsked).await.unwrap();
    fixture.remove("a", &id, fixture.bypass("a", &id).await).await.unwrap();
}

#[tokio::test]
async fn a_legal_hold_knows_no_date_and_no_bypass() {
    let fixture = locked(None).await;
    let id = fixture.put_locked("a").await;
    let read = fixture.on("s3:GetObjectLegalHold", "a").await;
    assert_eq!(code(fixture.buckets.get_object_legal_hold(&read).await), "NoSuchObjectLockConfiguration");
    fixture.hold("a", &id, true).await.unwrap();
    fixture.clock.advance(Duration::days(100_000));
    refused(fixture.remove("a", &id, fixture.bypass("a", &id).await).await);
    assert!(fixture.buckets.get_object_legal_hold(&read).await.unwrap());
    fixture.hold("a", &id, false).await.unwrap();
    assert!(!fixture.buckets.get_object_legal_hold(&read).await.unwrap());
    fixture.remove("a", &id, Bypass::NotAsked).await.unwrap();
}

#[tokio::test]
async fn delete_markers_go_on_top_and_go_away_again() {
    let fixture = locked(Some((LockMode::Compliance, RetentionPeriod::Days(1)))).await;
    let id = fixture.put_locked("a").await;
    let marker = fixture.delete("a").await.version_id.unwrap();
    assert_eq!(code(fixture.get("a").await), "NoSuchKey");
    assert_eq!(code(fixture.hold("a", &marker, true).await), "MethodNotAllowed");
    let read = fixture.on_version("s3:GetObjectRetention", "a", &marker).await;
    assert_eq!(code(fixture.buckets.get_object_retention(&read).await), "MethodNotAllowed");
    fixture.remove("a", &marker, Bypass::NotAsked).await.unwrap();
    assert_eq!(fixture.get("a").await.unwrap(), "content");
    refused(fixture.remove("a", &id, Bypass::NotAsked).await);
}

#[tokio::test]
async fn a_default_retention_counts_from_each_versions_making() {
    let fixture = locked(Some((LockMode::Governance, RetentionPeriod::Days(2)))).await;
    let start = fixture.clock.now();
    let of = async |key: &str| {
        let read = fixture.on("s3:GetObjectRetention", key).await;
        fixture.buckets.get_object_retention(&read).await.unwrap()
    };
    fixture.put_locked("put").await;
    let copy = {
        let to = fixture.on("s3:PutObject", "copy").await;
        let from = fixture.on("s3:GetObject", "put").await;
        fixture.buckets.copy_object(&to, &from, CopyObject::default()).await
    };
    copy.unwrap();
    let put = fixture.on("s3:PutObject", "parts").await;
    let upload =
        fixture.buckets.create_multipart_upload(&put, CreateUpload::default()).await.unwrap().upload_id;
    let bare = fixture.buckets.upload_part(&put, &upload, 1, PartInput::default(), body("part")).await;
    assert_eq!(code(bare), "InvalidRequest");
    let checksum = with_digest().checksum;
    let input = PartInput { checksum, ..PartInput::default() };
    let part = fixture.buckets.upload_part(&put, &upload, 1, input, body("part")).await.unwrap();
    fixture.clock.advance(Duration::hours(1));
    let parts = vec![CompletedPart { number: 1, etag: part.etag, checksum: None }];
    let complete = CompleteUpload { parts, ..CompleteUpload::default() };
    fixture.buckets.complete_multipart_upload(&put, &upload, &complete).await.unwrap();
    let expected = Retention::new(LockMode::Governance, start + Duration::days(2)).unwrap();
    assert_eq!((of("put").await, of("copy").await), (expected, expected));
    let later = Retention::new(LockMode::Governance, start + Duration::hours(49)).unwrap();
    assert_eq!(of("parts").await, later);
    // A change of the default is for versions to come.
    configure(&fixture, Some((LockMode::Compliance, RetentionPeriod::Years(1)))).await.unwrap();
    assert_eq!(of("put").await, expected);
    fixture.put_locked("year").await;
    assert_eq!(of("year").await, fixture.days(LockMode::Compliance, 365));
    // What a version brings itself counts.
    let mine = fixture.days(LockMode::Governance, 1);
    let grant = fixture.on("s3:PutObjectRetention", "mine").await;
    let lock = GrantedLock { retention: Some((mine, grant)), legal_hold: None };
    fixture.put_with("mine", PutObject { lock, ..with_digest() }, "x").await.unwrap();
    assert_eq!(of("mine").await, mine);
    configure(&fixture, None).await.unwrap();
    fixture.put("free", "x").await;
    let read = fixture.on("s3:GetObjectRetention", "free").await;
    assert_eq!(code(fixture.buckets.get_object_retention(&read).await), "NoSuchObjectLockConfiguration");
}

#[tokio::test]
async fn what_is_to_be_locked_comes_with_a_digest() {
    let fixture = locked(None).await;
    fixture.put("free", "no lock, no digest").await;
    let grant = fixture.on("s3:PutObjectLegalHold", "a").await;
    let lock = GrantedLock { retention: None, legal_hold: Some((true, grant)) };
    let bare = PutObject { lock: lock.clone(), ..PutObject::default() };
    let error = fixture.put_with("a", bare, "x").await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidRequest", 400));
    assert_eq!(
        error.to_string(),
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
    );
    let md5 = PutObject {
        lock: lock.clone(),
        content_md5: Some("nd1hZ3SS3qZvJ1/h4HFHQg==".to_owned()),
        ..PutObject::default()
    };
    assert_eq!(code(fixture.put_with("a", md5, "x").await), "BadDigest");
    fixture.put_with("a", PutObject { lock, ..with_digest() }, "x").await.unwrap();
    configure(&fixture, Some((LockMode::Governance, RetentionPeriod::Days(1)))).await.unwrap();
    assert_eq!(code(fixture.put_with("b", PutObject::default(), "x").await), "InvalidRequest");
}

#[tokio::test]
async fn permissions_to_lock_are_for_the_object_that_is_put() {
    let fixture = locked(None).await;
    let retention = fixture.days(LockMode::Governance, 1);
    let tries = [
        GrantedLock { retention: Some((retention, fixture.on("s3:PutObject", "a").await)), legal_hold: None },
        GrantedLock {
            retention: Some((retention, fixture.on("s3:PutObjectRetention", "b").await)),
            legal_hold: None,
        },
        GrantedLock {
            retention: None,
            legal_hold: Some((true, fixture.on("s3:PutObjectRetention", "a").await)),
        },
    ];
    for lock in tries {
        assert_eq!(
            code(fixture.put_with("a", PutObject { lock, ..with_digest() }, "x").await),
            "AccessDenied"
        );
    }
    let past = Retention::new(LockMode::Governance, fixture.clock.now()).unwrap();
    let grant = fixture.on("s3:PutObjectRetention", "a").await;
    let lock = GrantedLock { retention: Some((past, grant)), legal_hold: None };
    let error = fixture.put_with("a", PutObject { lock, ..with_digest() }, "x").await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidArgument", 400));
    assert_eq!(error.to_string(), "The retain until date must be in the future!");
    assert!(fixture.versions().await.is_empty());
}

#[tokio::test]
async fn what_buckets_refuse() {
    let fixture = Fixture::memory().await;
    let mode = LockMode::Governance;
    let error = configure(&fixture, None).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidBucketState", 409));
    let read = fixture.on_bucket("s3:GetBucketObjectLockConfiguration").await;
    let error = fixture.buckets.get_object_lock_configuration(&read).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("ObjectLockConfigurationNotFoundError", 404));
    fixture.versioning("Enabled").await;
    let id = fixture.put("a", "x").await.version_id.unwrap();
    let without = [
        fixture.hold("a", &id, true).await.unwrap_err(),
        fixture.retain("a", &id, Some(fixture.days(mode, 1)), Bypass::NotAsked).await.unwrap_err(),
    ];
    for error in without {
        assert_eq!((error.code(), error.status()), ("InvalidRequest", 400));
        assert_eq!(error.to_string(), "Bucket is missing Object Lock Configuration");
    }
    for (period, message) in [
        (RetentionPeriod::Days(0), "Default retention period must be a positive integer value."),
        (RetentionPeriod::Years(0), "Default retention period must be a positive integer value."),
        (RetentionPeriod::Days(36_501), "Default retention period too large."),
        (RetentionPeriod::Years(101), "Default retention period too large."),
    ] {
        let error = configure(&fixture, Some((mode, period))).await.unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("InvalidArgument", message));
    }
    configure(&fixture, Some((mode, RetentionPeriod::Years(100)))).await.unwrap();
    let put = fixture.on_bucket("s3:PutBucketVersioning").await;
    let error = fixture
        .buckets
        .put_bucket_versioning(&put, PutVersioning { status: Some("Suspended"), ..PutVersioning::default() })
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidBucketState", 409));
    fixture.versioning("Enabled").await;
}

#[tokio::test]
async fn a_version_from_before_versioning_can_be_locked_too() {
    let fixture = Fixture::memory().await;
    fixture.put("a", "old").await;
    fixture.versioning("Enabled").await;
    configure(&fixture, None).await.unwrap();
    let retention = Some(fixture.days(LockMode::Compliance, 1));
    fixture.retain("a", "null", retention, Bypass::NotAsked).await.unwrap();
    fixture.put("a", "new").await;
    refused(fixture.remove("a", "null", Bypass::NotAsked).await);
    assert_eq!(fixture.get_version("a", "null").await.unwrap(), "old");
}

#[tokio::test]
async fn creating_with_a_lock_needs_the_permissions_for_it() {
    let fixture = Fixture::memory().await;
    let create = async |caller: &trailward_policy::Caller, name: &str| -> Result<(), BucketError> {
        let grant = fixture.authorize(caller, "s3:CreateBucket", Resource::bucket(name)).await?;
        let region = "us-east-1".to_owned();
        fixture
            .buckets
            .create_bucket(&grant, CreateBucket { region, object_lock: true, ..CreateBucket::default() })
            .await
    };
    let allow = |actions: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#
        );
        user(OWNER, Some(&text))
    };
    let lock = r#""s3:PutBucketObjectLockConfiguration""#;
    let versioning = r#""s3:PutBucketVersioning""#;
    let make = r#""s3:CreateBucket""#;
    for actions in [make.to_owned(), format!("{make},{lock}"), format!("{make},{versioning}")] {
        assert_eq!(code(create(&allow(&actions), "safe").await), "AccessDenied", "{actions}");
    }
    create(&allow(&format!("{make},{lock},{versioning}")), "safe").await.unwrap();
    let buckets: &Buckets = &fixture.buckets;
    let grant = |action| fixture.buckets.authorize(&OWNER_ROOT, action, Resource::bucket("safe"), &EMPTY);
    let read = grant("s3:GetBucketObjectLockConfiguration").await.unwrap();
    assert_eq!(buckets.get_object_lock_configuration(&read).await.unwrap(), BucketLock::default());
    let read = grant("s3:GetBucketVersioning").await.unwrap();
    assert_eq!(buckets.get_bucket_versioning(&read).await.unwrap().status, Some("Enabled"));
}

static OWNER_ROOT: std::sync::LazyLock<trailward_policy::Caller> = std::sync::LazyLock::new(|| root(OWNER));
static EMPTY: std::sync::LazyLock<Context> = std::sync::LazyLock::new(Context::new);

#[tokio::test]
async fn each_of_many_deletions_is_asked_on_its_own() {
    let fixture = locked(None).await;
    let (free, governed, held) =
        (fixture.put_locked("a").await, fixture.put_locked("b").await, fixture.put_locked("c").await);
    let retention = Some(fixture.days(LockMode::Governance, 1));
    fixture.retain("b", &governed, retention, Bypass::NotAsked).await.unwrap();
    fixture.hold("c", &held, true).await.unwrap();
    let entry = |key: &str, version: &str| DeleteEntry {
        key: key.to_owned(),
        version_id: Some(version.to_owned()),
        if_match: None,
    };
    let entries = [entry("a", &free), entry("b", &governed), entry("c", &held)];
    let delete = async |bypass: bool| {
        let outcomes = fixture
            .buckets
            .delete_objects(&root(OWNER), &Context::new(), BUCKET, &entries, &DeleteBy { bypass, mfa: None })
            .await;
        outcomes
            .unwrap()
            .into_iter()
            .map(|outcome| outcome.err().map(|error| error.to_string()))
            .collect::<Vec<_>>()
    };
    let locked = Some(LOCKED.to_owned());
    assert_eq!(delete(false).await, [None, locked.clone(), locked.clone()]);
    assert_eq!(delete(true).await, [None, None, locked]);
}

#[tokio::test]
async fn a_lock_is_shown_to_those_who_may_see_it() {
    let fixture = locked(Some((LockMode::Governance, RetentionPeriod::Days(1)))).await;
    let id = fixture.put_locked("a").await;
    fixture.hold("a", &id, true).await.unwrap();
    let see = async |actions: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#
        );
        let caller = user(OWNER, Some(&text));
        let grant = fixture.authorize(&caller, "s3:GetObject", Resource::object(BUCKET, "a")).await.unwrap();
        let view = fixture.buckets.head_object(&grant, &GetObject::default()).await.unwrap();
        (view.retention.is_some(), view.legal_hold)
    };
    assert_eq!(see(r#""s3:GetObject""#).await, (false, None));
    assert_eq!(see(r#""s3:GetObject","s3:GetObjectRetention""#).await, (true, None));
    assert_eq!(see(r#""s3:GetObject","s3:GetObjectLegalHold""#).await, (false, Some(true)));
}

/// A catalog that lets somebody in just before its call number `at`.
struct Intruding {
    inner: Arc<dyn Catalog>,
    at: u64,
    calls: AtomicU64,
    intruder: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl std::fmt::Debug for Intruding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intruding").finish_non_exhaustive()
    }
}

impl Intruding {
    async fn before(&self) {
        if self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.at {
            let intruder = self.intruder.lock().unwrap().take();
            if let Some(intruder) = intruder {
                intruder.await;
            }
        }
    }
}

#[async_trait]
impl Catalog for Intruding {
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.before().await;
        self.inner.get(key).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError> {
        self.before().await;
        self.inner.scan(scan).await
    }

    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError> {
        self.before().await;
        self.inner.commit(batch).await
    }
}

/// A lock that is set between any two steps of a deletion, by another process, wins.
#[tokio::test]
async fn a_lock_set_during_a_deletion_wins() {
    for at in 1.. {
        let fixture = locked(None).await;
        let id = fixture.put_locked("a").await;
        let remove = fixture.on_version("s3:DeleteObjectVersion", "a", &id).await;
        let hold = fixture.on_version("s3:PutObjectLegalHold", "a", &id).await;
        let other = fixture.buckets.clone();
        let intruder = async move { other.put_object_legal_hold(&hold, true).await.unwrap() };
        let catalog = Arc::new(Intruding {
            inner: fixture.catalog.clone(),
            at,
            calls: AtomicU64::new(0),
            intruder: Mutex::new(Some(intruder.boxed())),
        });
        let engine = Fixture::over(catalog.clone(), fixture.blobs.clone());
        let removed = engine.buckets.delete_object(&remove, &DeleteObject::default()).await;
        if catalog.calls.load(Ordering::Relaxed) < at {
            // The deletion was over before the intruder's turn.
            removed.unwrap();
            assert!(at > 4, "a deletion asks the catalog more than that");
            break;
        }
        refused(removed);
        assert_eq!(fixture.get_version("a", &id).await.unwrap(), "content", "before call {at}");
    }
}
