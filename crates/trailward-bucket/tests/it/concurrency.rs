//! Writers of one key take turns; no update is lost and no bytes leak.

use crate::fixture::{BUCKET, Fixture, OWNER, body, master, root};
use std::sync::Arc;
use trailward_bucket::{Buckets, DeleteObject, PutCondition, PutObject, Resource};
use trailward_model::SystemClock;
use trailward_policy::Context;

/// Several engines over one catalog, as several processes would be.
fn engines(fixture: &Fixture) -> Vec<Arc<Buckets>> {
    (0..3)
        .map(|_| {
            let (catalog, blobs) = (fixture.catalog.clone(), fixture.blobs.clone());
            Arc::new(Buckets::new(catalog, blobs, Arc::new(SystemClock), master()))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_puts_and_deletes_of_one_key() {
    let fixture = Fixture::files().await;
    fixture.versioning("Enabled").await;
    let mut tasks = Vec::new();
    for engine in engines(&fixture) {
        for number in 0..6 {
            let engine = engine.clone();
            tasks.push(tokio::spawn(async move {
                let (caller, context) = (root(OWNER), Context::new());
                for _ in 0..5 {
                    let resource = Resource::object(BUCKET, "a");
                    if number == 0 {
                        let grant = engine.authorize(&caller, "s3:DeleteObject", resource, &context).await?;
                        engine.delete_object(&grant, &DeleteObject::default()).await?;
                    } else {
                        let grant = engine.authorize(&caller, "s3:PutObject", resource, &context).await?;
                        engine.put_object(&grant, PutObject::default(), body(vec![1; 100])).await?;
                    }
                }
                Ok::<_, trailward_bucket::BucketError>(())
            }));
        }
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let versions = fixture.versions().await;
    assert_eq!(versions.len(), 3 * 6 * 5);
    assert_eq!(versions.iter().filter(|version| version.is_latest).count(), 1);
    assert_eq!(fixture.blob_count().await, 3 * 5 * 5);
    for version in versions {
        fixture.delete_version("a", &version.version_id).await.unwrap();
    }
    assert_eq!((fixture.versions().await.len(), fixture.blob_count().await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_many_creates() {
    let fixture = Fixture::files().await;
    let mut tasks = Vec::new();
    for engine in engines(&fixture) {
        for _ in 0..5 {
            let engine = engine.clone();
            tasks.push(tokio::spawn(async move {
                let resource = Resource::object(BUCKET, "a");
                let grant =
                    engine.authorize(&root(OWNER), "s3:PutObject", resource, &Context::new()).await.unwrap();
                let put = PutObject { condition: PutCondition::Absent, ..PutObject::default() };
                engine.put_object(&grant, put, body("x")).await.is_ok()
            }));
        }
    }
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap());
    }
    assert_eq!(created, 1);
    assert_eq!(fixture.blob_count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_deleted_or_written_to_but_not_both() {
    for _ in 0..30 {
        let fixture = Fixture::memory().await;
        let delete = fixture.on_bucket("s3:DeleteBucket").await;
        let put = fixture.on("s3:PutObject", "a").await;
        let (deleter, writer) = (fixture.buckets.clone(), fixture.buckets.clone());
        let deletion = tokio::spawn(async move { deleter.delete_bucket(&delete).await });
        let writing =
            tokio::spawn(async move { writer.put_object(&put, PutObject::default(), body("x")).await });
        let (gone, written) = (deletion.await.unwrap(), writing.await.unwrap());
        match (&gone, &written) {
            (Ok(()), Err(error)) => assert_eq!(error.code(), "NoSuchBucket"),
            (Err(error), Ok(_)) => {
                assert!(["BucketNotEmpty", "OperationAborted"].contains(&error.code()), "{error}");
                assert_eq!(fixture.get("a").await.unwrap(), "x");
            }
            other => panic!("{other:?}"),
        }
    }
}
