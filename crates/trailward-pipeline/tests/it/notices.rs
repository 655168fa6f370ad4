//! A topic that CloudTrail tells of log files, and what its one subscriber has heard.

use crate::world::{ACCOUNT, World};
use async_trait::async_trait;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use trailward_topic::{Courier, Endpoint, Parcel, Subscribing, TopicRef, Topics, Undelivered};

/// Keeps the envelopes.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Value>>);

#[async_trait]
impl Courier for Heard {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        self.0.lock().unwrap().push(serde_json::from_str(&parcel.body).unwrap());
        Ok(())
    }
}

fn at() -> TopicRef {
    TopicRef { account: ACCOUNT.into(), region: "us-east-1".into(), name: "files".into() }
}

fn topics(world: &World) -> Topics {
    Topics::new(Arc::clone(&world.catalog), Arc::clone(&world.master), world.clock.clone())
}

impl World {
    /// A topic with a subscriber that lets CloudTrail publish for `source`. Returns its name.
    pub(crate) async fn make_topic(&self, source: &str) -> String {
        let (topics, at) = (topics(self), at());
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "SNS:Publish",
            "Resource": at.arn(), "Condition": {"StringEquals": {"aws:SourceArn": source}}}]});
        topics.create(&at, &[("Policy".into(), policy.to_string())], &[]).await.unwrap();
        let asked = Subscribing {
            owner: ACCOUNT.into(),
            principal: String::new(),
            endpoint: Endpoint::new("https", "https://reader.test/").unwrap(),
            attributes: Vec::new(),
        };
        topics.subscribe(&at, &asked).await.unwrap();
        let token = self.hear().await.pop().unwrap()["Token"].as_str().unwrap().to_owned();
        topics.confirm(&at, &token, false, false).await.unwrap();
        at.name
    }

    async fn hear(&self) -> Vec<Value> {
        let heard = Heard::default();
        topics(self).deliver(&heard, "https://sns.test").await.unwrap();
        heard.0.into_inner().unwrap()
    }

    /// The keys of the files that the subscriber was told of since it was last asked.
    pub(crate) async fn noticed(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for envelope in self.hear().await {
            let notice: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
            keys.extend(
                notice["s3ObjectKey"].as_array().unwrap().iter().map(|k| k.as_str().unwrap().to_owned()),
            );
        }
        keys.sort();
        keys
    }
}

#[tokio::test]
async fn a_topic_that_refuses_holds_nothing_up() {
    let mut world = World::new();
    crate::world::short(&mut world.timing);
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let name = world.make_topic("arn:aws:cloudtrail:us-east-1:111122223333:trail/another").await;
    let trail = trailward_model::Trail { sns_topic: Some(name), ..trail };
    let mut pipeline = trailward_pipeline::Pipeline::open(world.sources()).await.unwrap();
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let id = world.record("us-east-1").await;
    world.pass(&mut pipeline, crate::world::DELIVERY).await;
    world.pass(&mut pipeline, 60).await;
    assert_eq!(world.audit().await.delivered, [id]);
    assert_eq!(world.noticed().await, Vec::<String>::new());
    let status = trailward_store::trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.notification_error.as_deref(), Some("AuthorizationError"));
    assert_eq!((status.delivery_error, status.notified), (None, None));
}
