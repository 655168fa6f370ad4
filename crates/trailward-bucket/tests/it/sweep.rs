//! What a crash leaves over is removed, and nothing else.

use crate::fixture::{BUCKET, Fixture, body};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use trailward_bucket::{BucketError, CreateUpload, PartInput, PutObject};
use trailward_store::{Batch, BlobId, Blobs};

async fn orphan(blobs: &dyn Blobs) -> BlobId {
    let mut writer = blobs.create(None).await.unwrap();
    writer.write(Bytes::from("orphan")).await.unwrap();
    writer.finish().await.unwrap()
}

#[tokio::test]
async fn only_blobs_that_nothing_names_go() {
    let fixture = Fixture::files().await;
    fixture.put("a", "1").await;
    let grant = fixture.on("s3:PutObject", "b").await;
    let upload =
        fixture.buckets.create_multipart_upload(&grant, CreateUpload::default()).await.unwrap().upload_id;
    fixture.buckets.upload_part(&grant, &upload, 1, PartInput::default(), body("part")).await.unwrap();
    for _ in 0..3 {
        orphan(&*fixture.blobs).await;
    }
    assert_eq!(fixture.blob_count().await, 5);
    assert_eq!(fixture.buckets.sweep().await.unwrap(), 3);
    assert_eq!(fixture.buckets.sweep().await.unwrap(), 0);
    assert_eq!(fixture.get("a").await.unwrap(), "1");
    assert_eq!(fixture.blob_count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_under_way_are_left_alone() {
    let fixture = Fixture::files().await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let grant = fixture.on("s3:PutObject", &format!("key-{number}")).await;
        let buckets = fixture.buckets.clone();
        tasks.push(tokio::spawn(async move {
            let pieces = stream::iter(0..4).then(|_| async {
                tokio::task::yield_now().await;
                Ok::<_, BucketError>(Bytes::from(vec![1; 100_000]))
            });
            buckets.put_object(&grant, PutObject::default(), pieces.boxed()).await
        }));
    }
    while tasks.iter().any(|task| !task.is_finished()) {
        assert_eq!(fixture.buckets.sweep().await.unwrap(), 0);
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    for number in 0..40 {
        assert_eq!(fixture.get(&format!("key-{number}")).await.unwrap().len(), 400_000);
    }
}

#[tokio::test]
async fn a_deletion_that_was_interrupted_is_called_off_by_the_next_writer() {
    let fixture = Fixture::memory().await;
    // As a process leaves it that died between the two steps of a deletion.
    let at = trailward_store::keys::Key::new("bucket").str(BUCKET);
    let entry = fixture.catalog.get(at.as_bytes()).await.unwrap().unwrap();
    let text = String::from_utf8(entry.value.to_vec()).unwrap();
    let marked = text.replace("\"deleting\":false", "\"deleting\":true");
    assert_ne!(marked, text);
    fixture.catalog.commit(Batch::new().put(at.clone(), marked)).await.unwrap();
    fixture.put("a", "1").await;
    assert_eq!(fixture.get("a").await.unwrap(), "1");
    let entry = fixture.catalog.get(at.as_bytes()).await.unwrap().unwrap();
    assert!(String::from_utf8(entry.value.to_vec()).unwrap().contains("\"deleting\":false"));
}
