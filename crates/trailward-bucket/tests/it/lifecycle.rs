//! Lifecycle: what is refused, when things happen, and what never does.

use crate::fixture::{BUCKET, Fixture, OWNER, Seen, body, code, root};
use std::sync::Arc;
use time::Duration;
use trailward_bucket::{
    BucketError, BucketLock, Buckets, Bypass, CopyObject, CreateUpload, Expiration, FilterForm, GetObject,
    Lifecycle, LifecycleFilter, LifecycleRule, LifecycleRun, ListObjectsV2, ListUploads, LockMode,
    Noncurrent, PutObject, Resource, Retention, StorageClass, Tag, Transition, TransitionMinimum, When,
};
use trailward_model::Clock as _;
use trailward_policy::Context;
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Blobs, Catalog};

fn rule(id: &str) -> LifecycleRule {
    LifecycleRule {
        id: id.to_owned(),
        enabled: true,
        filter: LifecycleFilter {
            form: FilterForm::Plain,
            prefix: None,
            tags: Vec::new(),
            larger_than: None,
            smaller_than: None,
        },
        expiration: None,
        transitions: Vec::new(),
        noncurrent_expiration: None,
        noncurrent_transitions: Vec::new(),
        abort_days: None,
    }
}

fn expiring(days: i64) -> LifecycleRule {
    LifecycleRule { expiration: Some(Expiration::When(When::Days(days))), ..rule("expiring") }
}

fn moving(days: i64, class: &str) -> LifecycleRule {
    let class = StorageClass::of_transition(class).unwrap();
    LifecycleRule {
        transitions: vec![Transition { when: When::Days(days), class }],
        ..rule(&format!("to-{}", class.as_str()))
    }
}

impl Fixture {
    async fn lifecycle(&self, rules: Vec<LifecycleRule>) -> Result<(), BucketError> {
        let grant = self.on_bucket("s3:PutLifecycleConfiguration").await;
        let lifecycle = Lifecycle { rules, minimum: TransitionMinimum::default() };
        self.buckets.put_bucket_lifecycle(&grant, lifecycle).await
    }

    async fn run(&self) -> LifecycleRun {
        self.buckets.apply_lifecycle(&Seen::default()).await.unwrap()
    }

    /// Lets days pass, to the last second before midnight.
    async fn wait_days(&self, days: i64) -> LifecycleRun {
        let now = self.clock.now();
        let midnight = now.replace_time(time::Time::MIDNIGHT) + Duration::days(days + 1);
        self.clock.advance(midnight - now - Duration::seconds(1));
        self.run().await
    }

    async fn midnight(&self) -> LifecycleRun {
        self.clock.advance(Duration::seconds(1));
        self.run().await
    }

    async fn class(&self, key: &str) -> StorageClass {
        let grant = self.on("s3:GetObject", key).await;
        let head = self.buckets.head_object(&grant, &GetObject::default()).await.unwrap().storage_class;
        let grant = self.on_bucket("s3:ListBucket").await;
        let listed = self.buckets.list_objects_v2(&grant, &ListObjectsV2::default()).await.unwrap().contents;
        let listed = listed.into_iter().find(|object| object.key == key).unwrap().storage_class;
        assert_eq!(head, listed, "a listing shows what the object is");
        head
    }

    async fn keys(&self) -> Vec<String> {
        let grant = self.on_bucket("s3:ListBucket").await;
        let listed = self.buckets.list_objects_v2(&grant, &ListObjectsV2::default()).await.unwrap().contents;
        listed.into_iter().map(|object| object.key).collect()
    }
}

#[tokio::test]
async fn what_is_refused() {
    let fixture = Fixture::memory().await;
    let noncurrent = |days, newer| LifecycleRule {
        noncurrent_expiration: Some(Noncurrent { days, newer }),
        ..rule("noncurrent")
    };
    let filtered = |form, prefix: Option<&str>, tags: usize, larger_than, smaller_than| LifecycleRule {
        filter: LifecycleFilter {
            form,
            prefix: prefix.map(str::to_owned),
            tags: (0..tags).map(|_| Tag { key: "k".into(), value: "v".into() }).collect(),
            larger_than,
            smaller_than,
        },
        ..expiring(1)
    };
    let both = |first: LifecycleRule, second: LifecycleRule| LifecycleRule {
        transitions: [first.transitions, second.transitions].concat(),
        ..rule("both")
    };
    let when = |when| LifecycleRule { expiration: Some(Expiration::When(when)), ..rule("when") };
    let table: Vec<(&str, Vec<LifecycleRule>, &str)> = vec![
        ("no rule", vec![], "MalformedXML"),
        (
            "too many rules",
            (0..1001).map(|n| LifecycleRule { id: n.to_string(), ..expiring(1) }).collect(),
            "MalformedXML",
        ),
        ("a long id", vec![LifecycleRule { id: "x".repeat(256), ..expiring(1) }], "InvalidArgument"),
        ("an id twice", vec![expiring(1), expiring(2)], "InvalidArgument"),
        ("no action", vec![rule("idle")], "InvalidRequest"),
        ("no days", vec![expiring(0)], "InvalidArgument"),
        ("negative days", vec![expiring(-1)], "InvalidArgument"),
        ("not midnight", vec![when(When::Date(1_700_000_000))], "InvalidArgument"),
        ("IA too soon", vec![moving(29, "STANDARD_IA")], "InvalidArgument"),
        ("one zone too soon", vec![moving(0, "ONEZONE_IA")], "InvalidArgument"),
        ("negative transition", vec![moving(-1, "GLACIER")], "InvalidArgument"),
        (
            "expiration before transition",
            vec![LifecycleRule { transitions: moving(30, "GLACIER").transitions, ..expiring(30) }],
            "InvalidArgument",
        ),
        ("IA left too soon", vec![both(moving(30, "STANDARD_IA"), moving(59, "GLACIER"))], "InvalidArgument"),
        ("the same class twice", vec![both(moving(30, "GLACIER"), moving(60, "GLACIER"))], "InvalidRequest"),
        (
            "days and a date",
            vec![LifecycleRule {
                transitions: moving(1, "GLACIER").transitions,
                ..when(When::Date(1_735_689_600))
            }],
            "InvalidRequest",
        ),
        ("no noncurrent days", vec![noncurrent(0, None)], "InvalidArgument"),
        ("no newer versions", vec![noncurrent(1, Some(0))], "InvalidArgument"),
        ("too many newer versions", vec![noncurrent(1, Some(101))], "InvalidArgument"),
        (
            "two predicates without And",
            vec![filtered(FilterForm::Plain, Some("a"), 1, None, None)],
            "MalformedXML",
        ),
        ("one predicate with And", vec![filtered(FilterForm::And, Some("a"), 0, None, None)], "MalformedXML"),
        ("a tag twice", vec![filtered(FilterForm::And, None, 2, None, None)], "InvalidRequest"),
        ("sizes the wrong way", vec![filtered(FilterForm::And, None, 0, Some(5), Some(5))], "InvalidRequest"),
        (
            "aborts by tag",
            vec![LifecycleRule { abort_days: Some(1), ..filtered(FilterForm::Plain, None, 1, None, None) }],
            "InvalidRequest",
        ),
        (
            "markers by tag",
            vec![LifecycleRule {
                expiration: Some(Expiration::ExpiredMarkers(true)),
                ..filtered(FilterForm::Plain, None, 1, None, None)
            }],
            "InvalidRequest",
        ),
        ("no abort days", vec![LifecycleRule { abort_days: Some(0), ..rule("abort") }], "InvalidArgument"),
    ];
    for (name, rules, expected) in table {
        let error = fixture.lifecycle(rules).await.expect_err(name);
        assert_eq!((error.code(), error.status()), (expected, 400), "{name}: {error}");
    }
    let read = fixture.on_bucket("s3:GetLifecycleConfiguration").await;
    let error = fixture.buckets.get_bucket_lifecycle(&read).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("NoSuchLifecycleConfiguration", 404));
    let good = vec![both(moving(30, "STANDARD_IA"), moving(60, "GLACIER"))];
    fixture.lifecycle(good.clone()).await.unwrap();
    assert_eq!(fixture.buckets.get_bucket_lifecycle(&read).await.unwrap().rules, good);
}

#[tokio::test]
async fn objects_expire_at_the_midnight_after_their_days() {
    let fixture = Fixture::memory().await;
    fixture.lifecycle(vec![expiring(3)]).await.unwrap();
    fixture.put("a", "x").await;
    let grant = fixture.on("s3:GetObject", "a").await;
    let (date, by) =
        fixture.buckets.head_object(&grant, &GetObject::default()).await.unwrap().expires.unwrap();
    assert_eq!((date.unix_timestamp() % 86_400, by.as_str()), (0, "expiring"));
    assert_eq!(fixture.wait_days(3).await, LifecycleRun::default());
    assert_eq!(fixture.clock.now() + Duration::seconds(1), date);
    assert_eq!(fixture.midnight().await.expired, 1);
    assert!(fixture.versions().await.is_empty());
    assert_eq!(fixture.blob_count().await, 0);
}

#[tokio::test]
async fn filters_choose() {
    let fixture = Fixture::memory().await;
    let filter = LifecycleFilter {
        form: FilterForm::And,
        prefix: Some("logs/".to_owned()),
        tags: vec![Tag { key: "keep".into(), value: "no".into() }],
        larger_than: Some(3),
        smaller_than: Some(6),
    };
    fixture.lifecycle(vec![LifecycleRule { filter, ..expiring(1) }]).await.unwrap();
    let put = async |key: &str, content: &str, tag: Option<&str>| {
        fixture.put(key, content.to_owned()).await;
        if let Some(value) = tag {
            let grant = fixture.on("s3:PutObjectTagging", key).await;
            let tags = vec![Tag { key: "keep".into(), value: value.into() }];
            fixture.buckets.put_object_tagging(&grant, tags).await.unwrap();
        }
    };
    put("logs/goes", "1234", Some("no")).await;
    put("logs/small", "123", Some("no")).await;
    put("logs/large", "123456", Some("no")).await;
    put("logs/tagged", "1234", Some("yes")).await;
    put("logs/untagged", "1234", None).await;
    put("other/goes", "1234", Some("no")).await;
    fixture.wait_days(2).await;
    fixture.midnight().await;
    let kept = ["logs/large", "logs/small", "logs/tagged", "logs/untagged", "other/goes"];
    assert_eq!(fixture.keys().await, kept);
}

#[tokio::test]
async fn a_disabled_rule_does_nothing() {
    let fixture = Fixture::memory().await;
    fixture.lifecycle(vec![LifecycleRule { enabled: false, ..expiring(1) }]).await.unwrap();
    fixture.put("a", "x").await;
    fixture.wait_days(30).await;
    assert_eq!(fixture.keys().await, ["a"]);
}

#[tokio::test]
async fn dates_count_from_their_midnight_on() {
    let fixture = Fixture::memory().await;
    let date = (fixture.clock.now() + Duration::days(5)).replace_time(time::Time::MIDNIGHT).unix_timestamp();
    let by_date = LifecycleRule { expiration: Some(Expiration::When(When::Date(date))), ..rule("date") };
    fixture.lifecycle(vec![by_date]).await.unwrap();
    fixture.put("a", "x").await;
    assert_eq!(fixture.wait_days(4).await.expired, 0);
    assert_eq!(fixture.midnight().await.expired, 1);
    fixture.put("late", "x").await;
    assert_eq!(fixture.run().await.expired, 1);
}

#[tokio::test]
async fn noncurrent_versions_go_but_for_the_newest_of_them() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let noncurrent = Some(Noncurrent { days: 1, newer: Some(2) });
    fixture.lifecycle(vec![LifecycleRule { noncurrent_expiration: noncurrent, ..rule("n") }]).await.unwrap();
    let mut ids = Vec::new();
    for content in ["1", "2", "3", "4", "5"] {
        ids.push(fixture.put("a", content).await.version_id.unwrap());
    }
    assert_eq!(fixture.wait_days(1).await.removed, 0);
    assert_eq!(fixture.midnight().await.removed, 2);
    let kept: Vec<String> = fixture.versions().await.into_iter().map(|version| version.version_id).collect();
    assert_eq!(kept, [ids[4].clone(), ids[3].clone(), ids[2].clone()]);
    assert_eq!(fixture.blob_count().await, 3);
}

#[tokio::test]
async fn markers_go_when_nothing_is_left_under_them() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let rules = LifecycleRule {
        expiration: Some(Expiration::ExpiredMarkers(true)),
        noncurrent_expiration: Some(Noncurrent { days: 1, newer: None }),
        ..rule("tidy")
    };
    fixture.lifecycle(vec![rules]).await.unwrap();
    fixture.put("a", "x").await;
    fixture.delete("a").await;
    assert_eq!(fixture.wait_days(1).await.removed, 0);
    assert_eq!(fixture.midnight().await.removed, 2);
    assert!(fixture.versions().await.is_empty());
}

#[tokio::test]
async fn locked_versions_stay_until_they_are_free() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let lock = fixture.on_bucket("s3:PutBucketObjectLockConfiguration").await;
    fixture.buckets.put_object_lock_configuration(&lock, BucketLock::default()).await.unwrap();
    let both =
        LifecycleRule { noncurrent_expiration: Some(Noncurrent { days: 1, newer: None }), ..expiring(1) };
    fixture.lifecycle(vec![both]).await.unwrap();
    fixture.put("held", "x").await;
    fixture.put("kept", "x").await;
    fixture.put("governed", "x").await;
    fixture.put("free", "x").await;
    let hold = fixture.on("s3:PutObjectLegalHold", "held").await;
    fixture.buckets.put_object_legal_hold(&hold, true).await.unwrap();
    for (key, mode) in [("kept", LockMode::Compliance), ("governed", LockMode::Governance)] {
        let grant = fixture.on("s3:PutObjectRetention", key).await;
        let retention = Retention::new(mode, fixture.clock.now() + Duration::days(20)).unwrap();
        fixture.buckets.put_object_retention(&grant, Some(retention), &Bypass::NotAsked).await.unwrap();
    }
    for _ in 0..5 {
        fixture.wait_days(1).await;
    }
    let objects: Vec<String> = fixture
        .versions()
        .await
        .into_iter()
        .filter(|version| version.object.is_some())
        .map(|version| version.key)
        .collect();
    assert_eq!(objects, ["governed", "held", "kept"]);
    // Delete markers went on top, as S3 does.
    assert!(fixture.keys().await.is_empty());
    for _ in 0..25 {
        fixture.wait_days(1).await;
    }
    let left: Vec<String> = fixture.versions().await.into_iter().map(|version| version.key).collect();
    assert_eq!(left, ["held", "held"], "a marker over the version that is held");
}

#[tokio::test]
async fn objects_get_colder_and_never_warmer() {
    let fixture = Fixture::memory().await;
    let both = LifecycleRule {
        transitions: [moving(30, "STANDARD_IA").transitions, moving(90, "DEEP_ARCHIVE").transitions].concat(),
        ..rule("cold")
    };
    fixture.lifecycle(vec![both]).await.unwrap();
    fixture.put("large", vec![7; 128 << 10]).await;
    fixture.put("small", vec![7; (128 << 10) - 1]).await;
    let put = PutObject { storage_class: Some("GLACIER_IR".to_owned()), ..PutObject::default() };
    fixture.put_with("cold", put, vec![7; 128 << 10]).await.unwrap();
    fixture.wait_days(30).await;
    assert_eq!(fixture.midnight().await.moved, 1);
    assert_eq!(fixture.class("large").await, StorageClass::StandardIa);
    assert_eq!(fixture.class("cold").await, StorageClass::GlacierIr);
    assert_eq!(fixture.get("large").await.unwrap().len(), 128 << 10);
    assert_eq!(fixture.wait_days(70).await.moved, 2);
    assert_eq!(fixture.class("large").await, StorageClass::DeepArchive);
    assert_eq!(fixture.class("cold").await, StorageClass::DeepArchive);
    assert_eq!(fixture.class("small").await, StorageClass::Standard);
    assert_eq!(fixture.run().await, LifecycleRun::default());
}

#[tokio::test]
async fn small_objects_move_only_where_that_is_said() {
    let fixture = Fixture::memory().await;
    fixture.put("small", "x").await;
    let sized = |larger_than| LifecycleFilter {
        form: FilterForm::Plain,
        prefix: None,
        tags: Vec::new(),
        larger_than,
        smaller_than: None,
    };
    let grant = fixture.on_bucket("s3:PutLifecycleConfiguration").await;
    let put = async |rule: LifecycleRule, minimum| {
        let lifecycle = Lifecycle { rules: vec![rule], minimum };
        fixture.buckets.put_bucket_lifecycle(&grant, lifecycle).await.unwrap();
        fixture.run().await.moved
    };
    fixture.wait_days(40).await;
    let all = TransitionMinimum::AllStorageClasses128K;
    assert_eq!(put(moving(0, "GLACIER"), all).await, 0);
    assert_eq!(put(moving(30, "STANDARD_IA"), TransitionMinimum::VariesByStorageClass).await, 0);
    assert_eq!(put(moving(0, "GLACIER"), TransitionMinimum::VariesByStorageClass).await, 1);
    fixture.put("other", "x").await;
    assert_eq!(put(LifecycleRule { filter: sized(Some(0)), ..moving(30, "STANDARD_IA") }, all).await, 0);
    assert_eq!(fixture.wait_days(40).await.moved, 1);
}

#[tokio::test]
async fn archives_are_read_after_they_were_restored() {
    let fixture = Fixture::memory().await;
    let put = PutObject { storage_class: Some("GLACIER".to_owned()), ..PutObject::default() };
    fixture.put_with("a", put, "frozen").await.unwrap();
    fixture.put("warm", "x").await;
    let error = fixture.get("a").await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidObjectState", 403));
    assert_eq!(error.members(), [("StorageClass", "GLACIER".to_owned())]);
    let copy = async || {
        let (to, from) = (fixture.on("s3:PutObject", "copy").await, fixture.on("s3:GetObject", "a").await);
        fixture.buckets.copy_object(&to, &from, CopyObject::default()).await
    };
    assert_eq!(code(copy().await), "InvalidObjectState");
    let restore = async |key: &str, days| {
        let grant = fixture.on("s3:RestoreObject", key).await;
        fixture.buckets.restore_object(&grant, days).await
    };
    assert_eq!(code(restore("warm", 1).await), "InvalidObjectState");
    assert_eq!(code(restore("none", 1).await), "NoSuchKey");
    assert_eq!(code(restore("a", 0).await), "InvalidArgument");
    assert!(!restore("a", 1).await.unwrap());
    assert!(restore("a", 2).await.unwrap());
    assert_eq!(fixture.get("a").await.unwrap(), "frozen");
    copy().await.unwrap();
    assert_eq!(fixture.class("copy").await, StorageClass::Standard);
    let read = fixture.on("s3:GetObject", "a").await;
    let view = fixture.buckets.head_object(&read, &GetObject::default()).await.unwrap();
    assert_eq!(view.restored_until.unwrap().unix_timestamp() % 86_400, 0);
    fixture.clock.advance(Duration::days(4));
    assert_eq!(code(fixture.get("a").await), "InvalidObjectState");
    let view = fixture.buckets.head_object(&read, &GetObject::default()).await.unwrap();
    assert_eq!((view.restored_until, view.storage_class), (None, StorageClass::Glacier));
}

#[tokio::test]
async fn old_uploads_end() {
    let fixture = Fixture::memory().await;
    let abort = LifecycleRule { abort_days: Some(2), ..rule("abort") };
    fixture.lifecycle(vec![abort]).await.unwrap();
    let put = fixture.on("s3:PutObject", "a").await;
    let upload = fixture.buckets.create_multipart_upload(&put, CreateUpload::default()).await.unwrap();
    let part = trailward_bucket::PartInput::default();
    fixture.buckets.upload_part(&put, &upload.upload_id, 1, part, body("part")).await.unwrap();
    assert_eq!(fixture.wait_days(2).await.aborted, 0);
    fixture.buckets.create_multipart_upload(&put, CreateUpload::default()).await.unwrap();
    assert_eq!(fixture.midnight().await.aborted, 1);
    let list = fixture.on_bucket("s3:ListBucketMultipartUploads").await;
    let left = fixture.buckets.list_multipart_uploads(&list, &ListUploads::default()).await.unwrap();
    assert_eq!((left.uploads.len(), fixture.blob_count().await), (1, 0));
}

#[tokio::test]
async fn a_shortened_day() {
    let fixture = Fixture::memory().await;
    fixture.lifecycle(vec![expiring(2)]).await.unwrap();
    fixture.put("a", "x").await;
    let clock: Arc<dyn trailward_model::Clock> = fixture.clock.clone();
    let buckets =
        Buckets::new(fixture.catalog.clone(), fixture.blobs.clone(), clock, crate::fixture::master())
            .with_lifecycle_day(std::time::Duration::from_secs(10));
    fixture.clock.advance(Duration::seconds(19));
    assert_eq!(buckets.apply_lifecycle(&Seen::default()).await.unwrap().expired, 0);
    fixture.clock.advance(Duration::seconds(11));
    assert_eq!(buckets.apply_lifecycle(&Seen::default()).await.unwrap().expired, 1);
}

/// A run in which one call to the stores fails leaves versions whole, and the next run ends where an undisturbed one
/// would.
#[tokio::test]
async fn runs_go_on_after_failures() {
    async fn run(call: u64, mode: FaultMode) -> bool {
        let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let sound = Fixture::over(catalog.clone(), blobs.clone());
        sound.create(BUCKET).await.unwrap();
        sound.versioning("Enabled").await;
        let rules = LifecycleRule {
            noncurrent_expiration: Some(Noncurrent { days: 1, newer: Some(1) }),
            abort_days: Some(1),
            ..moving(0, "GLACIER")
        };
        sound.lifecycle(vec![LifecycleRule { id: "all".into(), ..rules }]).await.unwrap();
        for content in [1, 2, 3, 4] {
            sound.put("a", vec![content; 128 << 10]).await;
        }
        let put = sound.on("s3:PutObject", "u").await;
        sound.buckets.create_multipart_upload(&put, CreateUpload::default()).await.unwrap();
        let plan = FaultPlan::fail_call(call, mode);
        let faulty = Fixture::over(
            Arc::new(FaultyCatalog::new(catalog, plan.clone())),
            Arc::new(FaultyBlobs::new(blobs, plan.clone())),
        );
        for fixture in [&sound, &faulty] {
            fixture.clock.advance(Duration::days(3));
        }
        let _ = faulty.buckets.apply_lifecycle(&Seen::default()).await;
        let hit = plan.calls() >= call;
        sound.run().await;
        assert_eq!(sound.run().await, LifecycleRun::default());
        let versions = sound.versions().await;
        let classes: Vec<StorageClass> =
            versions.iter().filter_map(|version| Some(version.object.as_ref()?.storage_class)).collect();
        assert_eq!(classes, [StorageClass::Glacier, StorageClass::Standard], "call {call}");
        assert_eq!(sound.class("a").await, StorageClass::Glacier);
        let list = sound
            .buckets
            .authorize(
                &root(OWNER),
                "s3:ListBucketMultipartUploads",
                Resource::bucket(BUCKET),
                &Context::new(),
            )
            .await
            .unwrap();
        let left = sound.buckets.list_multipart_uploads(&list, &ListUploads::default()).await.unwrap();
        assert!(left.uploads.is_empty());
        sound.buckets.sweep().await.unwrap();
        assert_eq!(sound.blob_count().await, 2);
        hit
    }
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while run(call, mode).await {
            call += 1;
        }
        assert!(call > 15, "a run makes many calls: {call}");
    }
}

#[tokio::test]
async fn every_expiry_and_transition_is_told() {
    let fixture = Fixture::memory().await;
    fixture.lifecycle(vec![moving(30, "STANDARD_IA"), expiring(60)]).await.unwrap();
    fixture.put("a", vec![b'x'; 200_000]).await;
    let seen = Seen::default();
    let mut told = Vec::new();
    for _ in 0..4 {
        fixture.clock.advance(Duration::days(31));
        fixture.buckets.apply_lifecycle(&seen).await.unwrap();
        told.extend(seen.take());
    }
    let a = || "a".to_owned();
    assert_eq!(told, [("S3.TRANSITION.OBJECT", a(), None), ("S3.EXPIRE.OBJECT", a(), None)]);
}
