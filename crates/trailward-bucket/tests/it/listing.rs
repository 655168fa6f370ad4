//! Listings: what they show, and that they skip what they do not.

use crate::fixture::{Fixture, code};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trailward_bucket::{ListObjects, ListObjectsV2, ListVersions};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Batch, Catalog, Entry, Item, Revision, Scan, StoreError};

#[tokio::test]
async fn markers_follow_s3() {
    let fixture = Fixture::memory().await;
    for key in ["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/bla", "cquux/thud"] {
        fixture.put(key, "1").await;
    }
    let grant = fixture.on_bucket("s3:ListBucket").await;
    let mut seen = Vec::new();
    let mut list = ListObjects { delimiter: Some("/".into()), max_keys: Some(1), ..ListObjects::default() };
    loop {
        let page = fixture.buckets.list_objects(&grant, &list).await.unwrap();
        seen.extend(page.contents.into_iter().map(|object| object.key));
        seen.extend(page.common_prefixes);
        list.marker = page.next_marker;
        if !page.is_truncated {
            break;
        }
    }
    assert_eq!(seen, ["asdf", "boo/", "cquux/"]);
    let prefixes = async |start_after: &str| {
        let list = ListObjectsV2 {
            delimiter: Some("/".into()),
            start_after: Some(start_after.into()),
            ..Default::default()
        };
        fixture.buckets.list_objects_v2(&grant, &list).await.unwrap().common_prefixes
    };
    assert_eq!(prefixes("boo").await, ["boo/", "cquux/"]);
    assert_eq!(prefixes("boo/bar").await, ["boo/", "cquux/"], "there is more of it after that key");
    assert_eq!(prefixes("boo/").await, ["cquux/"]);
    assert_eq!(prefixes("boo/baz/xyzzy").await, ["cquux/"]);

    let plain = ListObjects { max_keys: Some(2), ..ListObjects::default() };
    let page = fixture.buckets.list_objects(&grant, &plain).await.unwrap();
    assert!(
        page.is_truncated && page.next_marker.is_none(),
        "without a delimiter S3 leaves it to the client"
    );
    let none = ListObjectsV2 { max_keys: Some(0), ..Default::default() };
    let page = fixture.buckets.list_objects_v2(&grant, &none).await.unwrap();
    assert!(!page.is_truncated && page.key_count == 0);
    let bad = ListObjectsV2 { continuation_token: Some("!".into()), ..Default::default() };
    assert_eq!(code(fixture.buckets.list_objects_v2(&grant, &bad).await), "InvalidArgument");
}

#[tokio::test]
async fn version_markers_go_on_within_a_key() {
    let fixture = Fixture::memory().await;
    fixture.put("a", "0").await;
    fixture.versioning("Enabled").await;
    for key in ["a", "a", "b", "b"] {
        fixture.put(key, "1").await;
    }
    fixture.delete("a").await;
    let all = fixture.versions().await;
    let grant = fixture.on_bucket("s3:ListBucketVersions").await;
    for max in 1..7 {
        let mut paged = Vec::new();
        let mut list = ListVersions { max_keys: Some(max), ..ListVersions::default() };
        loop {
            let page = fixture.buckets.list_object_versions(&grant, &list).await.unwrap();
            paged.extend(page.entries);
            list.key_marker = page.next_key_marker;
            list.version_id_marker = page.next_version_id_marker;
            if !page.is_truncated {
                break;
            }
        }
        assert_eq!(paged, all, "pages of {max}");
    }
    let after_a = ListVersions { key_marker: Some("a".into()), ..ListVersions::default() };
    let page = fixture.buckets.list_object_versions(&grant, &after_a).await.unwrap();
    assert_eq!(page.entries, all[4..]);
    let lost = ListVersions { version_id_marker: Some("null".into()), ..ListVersions::default() };
    let error = fixture.buckets.list_object_versions(&grant, &lost).await.unwrap_err();
    assert_eq!(error.to_string(), "A version-id marker cannot be specified without a key marker.");
}

/// Counts the rows that scans return.
#[derive(Debug)]
struct Counting(MemoryCatalog, AtomicU64);

#[async_trait::async_trait]
impl Catalog for Counting {
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.0.get(key).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError> {
        let rows = self.0.scan(scan).await?;
        self.1.fetch_add(rows.len() as u64, Ordering::SeqCst);
        Ok(rows)
    }

    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError> {
        self.0.commit(batch).await
    }
}

#[tokio::test]
async fn common_prefixes_are_jumped_over() {
    let catalog = Arc::new(Counting(MemoryCatalog::new(), AtomicU64::new(0)));
    let fixture = Fixture::over(catalog.clone(), Arc::new(MemoryBlobs::new()));
    fixture.create(crate::fixture::BUCKET).await.unwrap();
    for folder in 0..3 {
        for number in 0..700 {
            fixture.put(&format!("{folder}/{number:04}"), "").await;
        }
    }
    let grant = fixture.on_bucket("s3:ListBucket").await;
    catalog.1.store(0, Ordering::SeqCst);
    let list = ListObjectsV2 { delimiter: Some("/".into()), ..Default::default() };
    let page = fixture.buckets.list_objects_v2(&grant, &list).await.unwrap();
    assert_eq!(page.common_prefixes, ["0/", "1/", "2/"]);
    let rows = catalog.1.load(Ordering::SeqCst);
    assert!(rows < 100, "{rows} rows were read to show three prefixes");
}
