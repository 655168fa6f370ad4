use crate::record::{BucketEvent, key};
use crate::{BucketError, Buckets};
use async_trait::async_trait;
use serde_json::{Value, json};
use time::OffsetDateTime;
use trailward_model::stamp;
use trailward_store::stored::decode;
use trailward_store::{Batch, Item, Scan};
use trailward_topic::{ServicePublication, TopicError, TopicRef};

/// As which events are published.
pub(crate) const SERVICE: &str = "s3.amazonaws.com";

/// What messages are about.
pub(crate) const SUBJECT: &str = "Amazon S3 Notification";

const PAGE: usize = 200;

/// Knows the owners of buckets.
#[async_trait]
pub trait BucketOwners: Send + Sync {
    /// The canonical user id of an account; empty if there is no such account.
    async fn canonical_id(&self, account: &str) -> Result<String, BucketError>;
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventRun {
    /// Events that topics took.
    pub published: u64,
    /// Events that they refused; they are dropped.
    pub refused: u64,
}

impl Buckets {
    /// Publishes the events that wait. To be called every second or so; one at a time in all the world.
    pub async fn publish_events(&self, owners: &dyn BucketOwners) -> Result<EventRun, BucketError> {
        let mut run = EventRun::default();
        loop {
            let scan = Scan { prefix: key::events().into_bytes(), after: None, limit: PAGE };
            let page = self.catalog.scan(scan).await?;
            if page.is_empty() {
                return Ok(run);
            }
            for item in page {
                self.publish_event(&item, owners, &mut run).await?;
            }
        }
    }

    /// The message, and the row's end, in one commit. Tried again if the topic changed meanwhile.
    async fn publish_event(
        &self,
        item: &Item,
        owners: &dyn BucketOwners,
        run: &mut EventRun,
    ) -> Result<(), BucketError> {
        let event: BucketEvent = decode(&item.value)?;
        let body = message(&event, &owners.canonical_id(&event.owner).await?).to_string();
        let source_arn = format!("arn:aws:s3:::{}", event.bucket);
        let mut attempts = crate::engine::Attempts::new();
        loop {
            let forget = Batch::new().unchanged(item.key.clone(), item.revision).delete(item.key.clone());
            let planned = match TopicRef::parse(&event.topic) {
                None => Err(TopicError::NotFound("Topic")),
                Some(topic) => {
                    let publication = ServicePublication {
                        service: SERVICE,
                        source_arn: &source_arn,
                        source_account: &event.owner,
                        topic: &topic,
                        subject: Some(SUBJECT),
                        body: &body,
                    };
                    self.topics().plan_as_service(forget.clone(), publication).await
                }
            };
            let (batch, refused) = match planned {
                Ok(batch) => (batch, false),
                Err(TopicError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(%error, bucket = event.bucket, topic = event.topic, "an event of a bucket was refused and is dropped");
                    (forget, true)
                }
            };
            match self.catalog.commit(batch).await.map_err(BucketError::from) {
                Err(error) if error.is_conflict() => attempts.again().await?,
                Err(error) => return Err(error),
                Ok(_) if refused => {
                    run.refused += 1;
                    return Ok(());
                }
                Ok(_) => {
                    run.published += 1;
                    return Ok(());
                }
            }
        }
    }
}

/// The message of an event.
fn message(event: &BucketEvent, owner: &str) -> Value {
    let at =
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(event.at)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let kind = event.name.split(':').next().unwrap_or_default();
    let version = match kind {
        "ObjectCreated" | "ObjectRemoved" | "ObjectRestore" => "2.1",
        "Replication" => "2.2",
        _ => "2.3",
    };
    let mut object = json!({"key": encoded(&event.key), "sequencer": format!("{:016X}", event.at)});
    let mut set = |name: &str, value: Option<Value>| {
        if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
            object.insert(name.to_owned(), value);
        }
    };
    set("size", event.size.map(Value::from));
    set("eTag", event.etag.clone().map(Value::from));
    set("versionId", event.version.clone().map(Value::from));
    json!({"Records": [{
        "eventVersion": version,
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": stamp::extended_millis(at),
        "eventName": event.name,
        "userIdentity": {"principalId": event.principal},
        "requestParameters": {"sourceIPAddress": event.address},
        "responseElements": {"x-amz-request-id": event.request},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": event.configuration,
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": {"principalId": owner},
                "arn": format!("arn:aws:s3:::{}", event.bucket),
            },
            "object": object,
        },
    }]})
}

/// A key as messages have it: percent-encoded, a space as `+`.
fn encoded(key: &str) -> String {
    use std::fmt::Write as _;
    key.bytes().fold(String::with_capacity(key.len()), |mut text, byte| {
        match byte {
            b' ' => text.push('+'),
            b'/' | b'-' | b'.' | b'_' | b'*' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_encoded_as_in_forms() {
        assert_eq!(encoded("a b/c+d=é.gz"), "a+b/c%2Bd%3D%C3%A9.gz");
    }
}
