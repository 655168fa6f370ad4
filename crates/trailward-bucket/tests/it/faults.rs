//! Every call to the stores fails once, before or after its effect: what is seen afterwards is the state before an
//! operation or the state after it, never something in between.

use crate::fixture::{BUCKET, Fixture, body};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use trailward_bucket::{
    BucketError, BucketLock, Bypass, CompleteUpload, CompletedPart, CreateUpload, DeleteBy, DeleteEntry,
    DeleteObject, ListObjectsV2, ListParts, ListVersions, LockMode, PartInput, PutObject, Retention,
};
use trailward_model::Clock as _;
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Blobs, Catalog};

/// Everything that can be seen: each version's key, kind and content, the newest of a key first.
type Seen = Vec<(String, Option<Bytes>)>;

async fn see(fixture: &Fixture) -> Seen {
    let grant = fixture.on_bucket("s3:ListBucketVersions").await;
    let versions =
        fixture.buckets.list_object_versions(&grant, &ListVersions::default()).await.unwrap().entries;
    let mut seen = Vec::new();
    for version in versions {
        let content = match version.object {
            Some(object) => {
                let content = fixture.get_version(&version.key, &version.version_id).await.unwrap();
                assert_eq!(content.len() as u64, object.size);
                Some(content)
            }
            None => None,
        };
        seen.push((version.key, content));
    }
    // What the listing of objects shows is what the newest versions are.
    let grant = fixture.on_bucket("s3:ListBucket").await;
    let live = fixture.buckets.list_objects_v2(&grant, &ListObjectsV2::default()).await.unwrap().contents;
    let mut newest = BTreeMap::new();
    for (key, content) in &seen {
        newest.entry(key.clone()).or_insert(content.clone());
    }
    let newest: Vec<_> =
        newest.into_iter().filter(|(_, content)| content.is_some()).map(|(key, _)| key).collect();
    assert_eq!(live.into_iter().map(|object| object.key).collect::<Vec<_>>(), newest);
    seen
}

const STEPS: usize = 10;

/// One step of the script. Steps that need what an earlier, failed step made fail too, which is fine.
async fn step(fixture: &Fixture, number: usize, upload: &mut Option<String>) -> Result<(), BucketError> {
    let buckets = &fixture.buckets;
    let authorize = async |action: &'static str, key: &str| {
        let resource = trailward_bucket::Resource::object(BUCKET, key);
        fixture.authorize(&crate::fixture::root(crate::fixture::OWNER), action, resource).await
    };
    let put = async |key: &str, content: &str| {
        let grant = authorize("s3:PutObject", key).await?;
        buckets.put_object(&grant, PutObject::default(), body(content.to_owned())).await.map(|_| ())
    };
    match number {
        0 => put("a", "one").await,
        1 => put("a", "two").await,
        2 => put("b", "three").await,
        3 => {
            let grant = authorize("s3:DeleteObject", "a").await?;
            buckets.delete_object(&grant, &DeleteObject::default()).await.map(|_| ())
        }
        4 => {
            let grant = authorize("s3:PutObject", "m").await?;
            *upload = Some(buckets.create_multipart_upload(&grant, CreateUpload::default()).await?.upload_id);
            Ok(())
        }
        5 | 6 => {
            let Some(upload) = upload else { return Ok(()) };
            let grant = authorize("s3:PutObject", "m").await?;
            let content = if number == 5 { "part" } else { "another part" };
            let part = buckets.upload_part(&grant, upload, 1, PartInput::default(), body(content)).await;
            part.map(|_| ())
        }
        7 => {
            let Some(upload) = upload else { return Ok(()) };
            let grant = authorize("s3:ListMultipartUploadParts", "m").await?;
            let parts = buckets.list_parts(&grant, upload, &ListParts::default()).await?.parts;
            let parts = parts
                .into_iter()
                .map(|part| CompletedPart { number: part.number, etag: part.etag, checksum: None })
                .collect();
            let grant = authorize("s3:PutObject", "m").await?;
            let complete = CompleteUpload { parts, ..CompleteUpload::default() };
            buckets.complete_multipart_upload(&grant, upload, &complete).await.map(|_| ())
        }
        8 => put("m", "over the parts").await,
        _ => {
            let grant = fixture
                .authorize(
                    &crate::fixture::root(crate::fixture::OWNER),
                    "s3:DeleteObjectVersion",
                    trailward_bucket::Resource::version(BUCKET, "b", "null"),
                )
                .await?;
            buckets.delete_object(&grant, &DeleteObject::default()).await.map(|_| ())
        }
    }
}

/// Runs the script with one fault; `true` if the fault came to pass.
async fn run(versioning: Option<&str>, call: u64, mode: FaultMode) -> bool {
    let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
    let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
    let sound = Fixture::over(catalog.clone(), blobs.clone());
    sound.create(BUCKET).await.unwrap();
    if let Some(status) = versioning {
        sound.versioning(status).await;
    }
    let plan = FaultPlan::fail_call(call, mode);
    let faulty = Fixture::over(
        Arc::new(FaultyCatalog::new(catalog, plan.clone())),
        Arc::new(FaultyBlobs::new(blobs, plan.clone())),
    );
    let mut upload = None;
    for number in 0..STEPS {
        let before = see(&sound).await;
        let calls = plan.calls();
        let result = step(&faulty, number, &mut upload).await;
        let after = see(&sound).await;
        let hit = calls < call && call <= plan.calls();
        if let Err(error) = &result {
            assert!(!error.to_string().contains("planned"), "internal words reach no client");
            if hit && before != after {
                // It happened although an error was answered: then exactly what was asked for happened.
                assert_eq!(error.code(), "InternalError", "step {number}, call {call}");
                assert_eq!(mode, FaultMode::After, "step {number}, call {call}");
            }
        }
        let grown = after.len().abs_diff(before.len());
        assert!(grown <= 1, "step {number}, call {call}: one version at most comes or goes");
    }
    // Nothing is lost to a sweep, and afterwards nothing is left over.
    let seen = see(&sound).await;
    sound.buckets.sweep().await.unwrap();
    assert_eq!(see(&sound).await, seen);
    assert_eq!(sound.buckets.sweep().await.unwrap(), 0);
    plan.calls() >= call
}

#[tokio::test]
async fn every_call_fails_once() {
    for versioning in [None, Some("Enabled"), Some("Suspended")] {
        for mode in [FaultMode::Before, FaultMode::After] {
            let mut call = 1;
            while run(versioning, call, mode).await {
                call += 1;
            }
            assert!(call > 60, "the script makes many calls: {call}");
        }
    }
}

/// One run of `DeleteObjects` with one fault; `true` if the fault came to pass. Whatever becomes of one key, the others
/// are deleted, and what was acknowledged is gone.
async fn run_many(call: u64, mode: FaultMode) -> bool {
    let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
    let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
    let sound = Fixture::over(catalog.clone(), blobs.clone());
    sound.create(BUCKET).await.unwrap();
    let keys: Vec<String> = (0..5).map(|number| format!("k{number}")).collect();
    for key in &keys {
        sound.put(key, "content").await;
    }
    let plan = FaultPlan::fail_call(call, mode);
    let faulty = Fixture::over(
        Arc::new(FaultyCatalog::new(catalog, plan.clone())),
        Arc::new(FaultyBlobs::new(blobs, plan.clone())),
    );
    let entry = |key: &String| DeleteEntry { key: key.clone(), ..DeleteEntry::default() };
    let entries: Vec<DeleteEntry> = keys.iter().map(entry).collect();
    let caller = crate::fixture::root(crate::fixture::OWNER);
    let (context, by) = (trailward_policy::Context::new(), DeleteBy::default());
    let outcomes = faulty.buckets.delete_objects(&caller, &context, BUCKET, &entries, &by).await;
    let left: Vec<String> = see(&sound).await.into_iter().map(|(key, _)| key).collect();
    match outcomes {
        Err(_) => assert_eq!(left, keys, "call {call}: refused as a whole"),
        Ok(outcomes) => {
            let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
            assert!(failed <= 1, "call {call}: one fault, one key");
            for (key, outcome) in keys.iter().zip(outcomes) {
                assert!(outcome.is_err() || !left.contains(key), "call {call}: {key}");
            }
        }
    }
    sound.buckets.sweep().await.unwrap();
    assert_eq!(sound.blob_count().await, left.len());
    plan.calls() >= call
}

#[tokio::test]
async fn many_deletions_fail_each_for_itself() {
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while run_many(call, mode).await {
            call += 1;
        }
        assert!(call > 20, "the script makes many calls: {call}");
    }
}

/// One run of lock changes and deletions with one fault; `true` if the fault came to pass. A lock that was
/// acknowledged holds, and one that was refused or broken off is there whole or not at all.
async fn run_locked(call: u64, mode: FaultMode) -> bool {
    let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
    let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
    let sound = Fixture::over(catalog.clone(), blobs.clone());
    sound.create(BUCKET).await.unwrap();
    sound.versioning("Enabled").await;
    let id = sound.put("a", "kept").await.version_id.unwrap();
    let plan = FaultPlan::fail_call(call, mode);
    let faulty = Fixture::over(
        Arc::new(FaultyCatalog::new(catalog, plan.clone())),
        Arc::new(FaultyBlobs::new(blobs, plan.clone())),
    );
    // Grants are made where nothing fails: what is tried are the operations.
    let configure = sound.on_bucket("s3:PutBucketObjectLockConfiguration").await;
    let retain = sound.on_version("s3:PutObjectRetention", "a", &id).await;
    let remove = sound.on_version("s3:DeleteObjectVersion", "a", &id).await;
    let may_hold = sound.on_version("s3:PutObjectLegalHold", "a", &id).await;
    let buckets = &faulty.buckets;
    let delete = DeleteObject::default();
    let until = sound.clock.now() + time::Duration::days(1);
    let retention = Retention::new(LockMode::Compliance, until).unwrap();
    let configured = buckets.put_object_lock_configuration(&configure, BucketLock::default()).await;
    let retained = buckets.put_object_retention(&retain, Some(retention), &Bypass::NotAsked).await;
    let removed = buckets.delete_object(&remove, &delete).await;
    let held = buckets.put_object_legal_hold(&may_hold, true).await;
    sound.clock.advance(time::Duration::days(2));
    faulty.clock.advance(time::Duration::days(2));
    let removed_later = buckets.delete_object(&remove, &delete).await;
    let there = sound.versions().await.iter().any(|version| version.version_id == id);
    if retained.is_ok() {
        assert!(configured.is_ok() || mode == FaultMode::After);
        assert!(removed.is_err(), "a retention that was acknowledged holds");
    }
    if held.is_ok() {
        assert!(removed_later.is_err(), "a hold that was acknowledged holds");
        assert!(there);
    }
    if there {
        assert_eq!(sound.get_version("a", &id).await.unwrap(), "kept");
    }
    plan.calls() >= call
}

#[tokio::test]
async fn locks_hold_whatever_fails() {
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while run_locked(call, mode).await {
            call += 1;
        }
        assert!(call > 20, "the script makes many calls: {call}");
    }
}
