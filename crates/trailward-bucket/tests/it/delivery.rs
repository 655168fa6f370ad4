//! Delivering twice equals delivering once (D2), and never with other bytes (D1).

use crate::fixture::{Fixture, body, code};
use aws_lc_rs::digest;
use trailward_bucket::{BucketLock, DefaultRetention, LockMode, PutCondition, PutObject, RetentionPeriod};

fn delivery(content: &str) -> PutObject {
    let sha256 = hex::encode(digest::digest(&digest::SHA256, content.as_bytes()));
    PutObject { condition: PutCondition::SameOrAbsent { sha256 }, ..PutObject::default() }
}

#[tokio::test]
async fn the_same_bytes_are_delivered_once() {
    for versioning in [None, Some("Enabled"), Some("Suspended")] {
        let fixture = Fixture::files().await;
        if let Some(status) = versioning {
            fixture.versioning(status).await;
        }
        let first = fixture.put_with("log", delivery("one"), "one").await.unwrap();
        assert!(!first.already_there);
        let second = fixture.put_with("log", delivery("one"), "one").await.unwrap();
        assert!(second.already_there);
        assert_eq!((second.version_id, second.etag), (first.version_id, first.etag));
        assert_eq!(code(fixture.put_with("log", delivery("two"), "two").await), "PreconditionFailed");
        assert_eq!(fixture.get("log").await.unwrap(), "one");
        assert_eq!(fixture.versions().await.len(), 1);
        assert_eq!(fixture.blob_count().await, 1);
    }
}

#[tokio::test]
async fn bytes_that_are_not_what_they_should_be_are_refused() {
    let fixture = Fixture::memory().await;
    assert_eq!(code(fixture.put_with("log", delivery("one"), "other").await), "BadDigest");
    assert_eq!(code(fixture.get("log").await), "NoSuchKey");
    fixture.put("log", "one").await;
    assert_eq!(code(fixture.put_with("log", delivery("one"), "one").await), "PreconditionFailed");
}

#[tokio::test]
async fn what_was_deleted_after_delivery_stays_deleted() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    fixture.put_with("log", delivery("one"), "one").await.unwrap();
    fixture.delete("log").await;
    assert!(fixture.put_with("log", delivery("one"), "one").await.unwrap().already_there);
    assert_eq!(fixture.versions().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_make_one_version() {
    let fixture = Fixture::files().await;
    fixture.versioning("Enabled").await;
    let grant = fixture.on("s3:PutObject", "log").await;
    let puts = (0..16).map(|_| {
        let (buckets, grant) = (fixture.buckets.clone(), grant.clone());
        tokio::spawn(async move { buckets.put_object(&grant, delivery("one"), body("one")).await })
    });
    let mut made = 0;
    for put in futures::future::join_all(puts).await {
        made += usize::from(!put.unwrap().unwrap().already_there);
    }
    assert_eq!(made, 1);
    assert_eq!(fixture.versions().await.len(), 1);
    assert_eq!(fixture.blob_count().await, 1);
}

/// Deliveries name the SHA-256 of their bytes, which counts as the digest that a locked bucket demands.
#[tokio::test]
async fn deliveries_into_a_locked_bucket_are_locked() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let lock = fixture.on_bucket("s3:PutBucketObjectLockConfiguration").await;
    let period = RetentionPeriod::Days(1);
    let default = Some(DefaultRetention { mode: LockMode::Compliance, period });
    fixture.buckets.put_object_lock_configuration(&lock, BucketLock { default }).await.unwrap();
    let first = fixture.put_with("a", delivery("one"), "one").await.unwrap();
    assert!(fixture.put_with("a", delivery("one"), "one").await.unwrap().already_there);
    let id = first.version_id.unwrap();
    assert_eq!(code(fixture.delete_version("a", &id).await), "AccessDenied");
    fixture.delete("a").await;
    assert!(fixture.put_with("a", delivery("one"), "one").await.unwrap().already_there);
    assert_eq!(fixture.get_version("a", &id).await.unwrap(), "one");
}
