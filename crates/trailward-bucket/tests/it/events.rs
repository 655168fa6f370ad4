//! Events of objects: told once for each change, by the commit of the change.

use crate::fixture::{BUCKET, Fixture, OWNER, body, root};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use trailward_bucket::{
    BucketError, BucketOwners, Bypass, DeleteObject, EventRun, PutObject, PutVersioning, Resource,
    TopicNotification,
};
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Blobs, Catalog};
use trailward_topic::{Courier, Endpoint, Parcel, Subscribing, TopicRef, Undelivered};

struct Owners;

#[async_trait]
impl BucketOwners for Owners {
    async fn canonical_id(&self, account: &str) -> Result<String, BucketError> {
        Ok(format!("canonical-{account}"))
    }
}

/// Keeps the envelopes.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<serde_json::Value>>);

#[async_trait]
impl Courier for Heard {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        self.0.lock().unwrap().push(serde_json::from_str(&parcel.body).unwrap());
        Ok(())
    }
}

fn topic() -> TopicRef {
    TopicRef { account: OWNER.into(), region: "us-east-1".into(), name: "events".into() }
}

fn wanted(event: &str) -> TopicNotification {
    TopicNotification {
        id: event.into(),
        topic: topic().arn(),
        events: vec![event.into()],
        prefix: None,
        suffix: None,
    }
}

async fn hear(fixture: &Fixture) -> Vec<serde_json::Value> {
    let heard = Heard::default();
    fixture.buckets.topics().deliver(&heard, "https://sns.test").await.unwrap();
    heard.0.into_inner().unwrap()
}

/// A topic with a reader, and a bucket with versions that tells it of puts and deletes.
async fn prepare(fixture: &Fixture) {
    fixture.create(BUCKET).await.unwrap();
    let topics = fixture.buckets.topics();
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "SNS:Publish",
        "Resource": topic().arn(), "Condition": {"ArnEquals": {"aws:SourceArn": format!("arn:aws:s3:::{BUCKET}")}}}]});
    topics.create(&topic(), &[("Policy".into(), policy.to_string())], &[]).await.unwrap();
    let asked = Subscribing {
        owner: OWNER.into(),
        principal: String::new(),
        endpoint: Endpoint::new("https", "https://reader.test/").unwrap(),
        attributes: Vec::new(),
    };
    topics.subscribe(&topic(), &asked).await.unwrap();
    let token = hear(fixture).await.pop().unwrap()["Token"].as_str().unwrap().to_owned();
    topics.confirm(&topic(), &token, false, false).await.unwrap();
    let grant = fixture.on_bucket("s3:PutBucketVersioning").await;
    let versioning = PutVersioning { status: Some("Enabled"), ..PutVersioning::default() };
    fixture.buckets.put_bucket_versioning(&grant, versioning).await.unwrap();
    let grant = fixture.on_bucket("s3:PutBucketNotification").await;
    let all = [wanted("s3:ObjectCreated:*"), wanted("s3:ObjectRemoved:*")];
    fixture.buckets.put_bucket_notifications(&grant, &all, false).await.unwrap();
    let tests = hear(fixture).await;
    assert_eq!(tests.len(), 1, "one test event for one topic");
    // Told before, so not again.
    fixture.buckets.put_bucket_notifications(&grant, &all, false).await.unwrap();
    assert_eq!(hear(fixture).await.len(), 0);
}

async fn put(fixture: &Fixture, key: &str) -> Result<(), BucketError> {
    let grant = fixture.authorize(&root(OWNER), "s3:PutObject", Resource::object(BUCKET, key)).await?;
    fixture.buckets.put_object(&grant, PutObject::default(), body(key.to_owned())).await.map(drop)
}

async fn delete(fixture: &Fixture, key: &str) -> Result<(), BucketError> {
    let grant = fixture.authorize(&root(OWNER), "s3:DeleteObject", Resource::object(BUCKET, key)).await?;
    let delete = DeleteObject { bypass: Bypass::NotAsked, ..DeleteObject::default() };
    fixture.buckets.delete_object(&grant, &delete).await.map(drop)
}

/// The version ids that the reader was told of, by event and key.
async fn told(fixture: &Fixture) -> BTreeMap<(String, String), Vec<String>> {
    let mut all: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for envelope in hear(fixture).await {
        let message: serde_json::Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
        let record = &message["Records"][0];
        let text = |at: &str| record.pointer(at).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        assert_eq!(text("/s3/bucket/ownerIdentity/principalId"), format!("canonical-{OWNER}"));
        let about = (text("/eventName"), text("/s3/object/key"));
        all.entry(about).or_default().push(text("/s3/object/versionId"));
    }
    all
}

/// Whatever call to the stores fails, each version that is there was told of once, and nothing else was.
#[tokio::test]
async fn each_change_is_told_once_after_failures() {
    async fn run(call: u64, mode: FaultMode) -> bool {
        let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
        let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
        let sound = Fixture::over(catalog.clone(), blobs.clone());
        prepare(&sound).await;
        let plan = FaultPlan::fail_call(call, mode);
        let faulty = Fixture::over(
            Arc::new(FaultyCatalog::new(catalog, plan.clone())),
            Arc::new(FaultyBlobs::new(blobs, plan.clone())),
        );
        let _ = put(&faulty, "a").await;
        let _ = put(&faulty, "b").await;
        let _ = delete(&faulty, "a").await;
        let _ = faulty.buckets.publish_events(&Owners).await;
        let hit = plan.calls() >= call;
        sound.buckets.publish_events(&Owners).await.unwrap();
        assert_eq!(sound.buckets.publish_events(&Owners).await.unwrap(), EventRun::default());
        let mut told = told(&sound).await;
        for version in sound.versions().await {
            let event = if version.object.is_some() {
                "ObjectCreated:Put"
            } else {
                "ObjectRemoved:DeleteMarkerCreated"
            };
            let ids = told.remove(&(event.to_owned(), version.key.clone()));
            let expected = Some(vec![version.version_id.clone()]);
            assert_eq!(ids, expected, "{} of {}; call {call} {mode:?}", event, version.key);
        }
        assert!(told.is_empty(), "told of what never was: {told:?}; call {call} {mode:?}");
        hit
    }
    for mode in [FaultMode::Before, FaultMode::After] {
        let mut call = 1;
        while run(call, mode).await {
            call += 1;
        }
        assert!(call > 15, "{call}");
    }
}

#[tokio::test]
async fn a_topic_that_changed_its_mind_gets_nothing() {
    let fixture = Fixture::over(Arc::new(MemoryCatalog::new()), Arc::new(MemoryBlobs::new()));
    prepare(&fixture).await;
    put(&fixture, "a").await.unwrap();
    fixture.buckets.topics().set_attribute(&topic(), "Policy", "").await.unwrap();
    let run = fixture.buckets.publish_events(&Owners).await.unwrap();
    assert_eq!(run, EventRun { published: 0, refused: 1 });
    put(&fixture, "b").await.unwrap();
    fixture.buckets.topics().delete(&topic()).await.unwrap();
    let run = fixture.buckets.publish_events(&Owners).await.unwrap();
    assert_eq!(run, EventRun { published: 0, refused: 1 });
}
