use crate::engine::Attempts;
use crate::events::{EVENTS, SERVICE, SUBJECT, overlap};
use crate::record::{Bucket, TopicNotification};
use crate::{BucketError, Buckets, Grant};
use trailward_model::stamp;
use trailward_store::Batch;
use trailward_topic::{ServicePublication, TopicError, TopicRef};

const WRITE: [&str; 1] = ["s3:PutBucketNotification"];

/// Configurations of a bucket at most.
const MOST: usize = 100;

/// Bytes of the two filters at most, as of a key.
const MOST_FILTER: usize = 1024;

impl Buckets {
    /// `GetBucketNotificationConfiguration`: empty if there is none. For `s3:GetBucketNotification`.
    pub async fn get_bucket_notifications(
        &self,
        grant: &Grant,
    ) -> Result<Vec<TopicNotification>, BucketError> {
        Ok(self.enter(grant, &["s3:GetBucketNotification"]).await?.bucket.notifications.clone())
    }

    /// `PutBucketNotificationConfiguration`: in place of what there was. Each topic that was not told anything before gets
    /// a message that it will be, and a topic that is not there or does not let S3 publish refuses all; `unchecked`
    /// leaves that out. For `s3:PutBucketNotification`.
    pub async fn put_bucket_notifications(
        &self,
        grant: &Grant,
        notifications: &[TopicNotification],
        unchecked: bool,
    ) -> Result<(), BucketError> {
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, &WRITE).await?;
            check(&loaded.bucket, notifications)?;
            let mut batch = Batch::new();
            if !unchecked {
                batch = self.plan_test_messages(&loaded.bucket, notifications, grant).await?;
            }
            let mut bucket = loaded.bucket.clone();
            bucket.notifications = notifications.to_vec();
            match self.store(&loaded, &bucket, batch).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn plan_test_messages(
        &self,
        bucket: &Bucket,
        notifications: &[TopicNotification],
        grant: &Grant,
    ) -> Result<Batch, BucketError> {
        let request = grant.requester().map(|by| by.request.clone()).unwrap_or_default();
        let body = serde_json::json!({
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": stamp::extended_millis(self.time()),
            "Bucket": bucket.name,
            "RequestId": request,
        })
        .to_string();
        let source_arn = format!("arn:aws:s3:::{}", bucket.name);
        let mut batch = Batch::new();
        let mut told: Vec<&str> = bucket.notifications.iter().map(|old| old.topic.as_str()).collect();
        let mut refused = Vec::new();
        for arn in notifications.iter().map(|new| new.topic.as_str()) {
            let Some(topic) = TopicRef::parse(arn) else { continue };
            let publication = ServicePublication {
                service: SERVICE,
                source_arn: &source_arn,
                source_account: &bucket.owner,
                topic: &topic,
                subject: Some(SUBJECT),
                body: &body,
            };
            // Asked of every topic, told to those that are new.
            let planned = match self.topics().plan_as_service(batch.clone(), publication).await {
                Ok(planned) => planned,
                Err(TopicError::Store(error)) => return Err(error.into()),
                Err(TopicError::NotFound(_)) => {
                    refused.push((arn.to_owned(), "The destination topic does not exist"));
                    continue;
                }
                Err(_) => {
                    refused.push((
                        arn.to_owned(),
                        "Permissions on the destination topic do not allow S3 to publish notifications from this bucket",
                    ));
                    continue;
                }
            };
            if !told.contains(&arn) {
                batch = planned;
                told.push(arn);
            }
        }
        if refused.is_empty() { Ok(batch) } else { Err(BucketError::InvalidDestinations(refused)) }
    }
}

fn check(bucket: &Bucket, notifications: &[TopicNotification]) -> Result<(), BucketError> {
    let refuse =
        |name, value: &str, message: &str| Err(BucketError::argument(name, value.to_owned(), message));
    if notifications.len() > MOST {
        return refuse(
            "NotificationConfiguration",
            "",
            "A bucket has at most 100 notification configurations",
        );
    }
    for (number, one) in notifications.iter().enumerate() {
        if !(1..=255).contains(&one.id.chars().count()) {
            return refuse("Id", &one.id, "The ID must be between 1 and 255 characters");
        }
        if one.events.is_empty() {
            return Err(BucketError::MalformedXml);
        }
        if let Some(event) = one.events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
            let shown: String = event.chars().take(100).collect();
            return refuse("Event", &shown, "The event is not supported for notifications");
        }
        let Some(topic) = TopicRef::parse(&one.topic) else {
            let shown: String = one.topic.chars().take(256).collect();
            return refuse("Topic", &shown, "The ARN could not be parsed");
        };
        if topic.region != bucket.region {
            return refuse(
                "Topic",
                &one.topic,
                "The notification destination service region is not valid for the bucket location constraint",
            );
        }
        let filter =
            [&one.prefix, &one.suffix].iter().map(|part| part.as_ref().map_or(0, String::len)).sum::<usize>();
        if filter > MOST_FILTER {
            return refuse(
                "FilterRule",
                "",
                "Size of the filter rule value cannot exceed 1024 bytes in total",
            );
        }
        for earlier in notifications.iter().take(number) {
            if earlier.id == one.id {
                return refuse("Id", &one.id, "Same ID used for multiple configurations. IDs must be unique");
            }
            if overlap(earlier, one) {
                return refuse(
                    "NotificationConfiguration",
                    &one.id,
                    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
                );
            }
        }
    }
    Ok(())
}
