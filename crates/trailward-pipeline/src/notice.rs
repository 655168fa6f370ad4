//! Telling a trail's topic of a log file that was delivered.
//!
//! The notice is part of the commit that notes the delivery, so each file is told of once. A topic that refuses does not
//! hold up deliveries: `GetTrailStatus` says why.
//!
//! Source: CloudTrail User Guide, "Configuring Amazon SNS notifications for CloudTrail".

use crate::Pipeline;
use crate::plan::{ChainKey, FilePlan};
use crate::recorder::SERVICE;
use trailward_store::trails::DeliveryStatus;
use trailward_store::{Batch, StoreError};
use trailward_topic::{ServicePublication, TopicError, TopicRef};

impl Pipeline {
    /// Adds to `batch` the notice of the file `plan`, if its trail has a topic, and to `status` how that went.
    pub(crate) async fn plan_notice(
        &self,
        chain: &ChainKey,
        plan: &FilePlan,
        batch: Batch,
        status: &mut DeliveryStatus,
    ) -> Result<Batch, StoreError> {
        let Some(arn) = self.epochs.sns_topic_arn(&chain.trail) else { return Ok(batch) };
        let now = self.sources.clock.now().unix_timestamp();
        let body = serde_json::json!({ "s3Bucket": plan.bucket, "s3ObjectKey": [plan.key] }).to_string();
        let planned = match TopicRef::parse(&arn) {
            None => Err(TopicError::NotFound("Topic")),
            Some(topic) => {
                let publication = ServicePublication {
                    service: SERVICE,
                    source_arn: &chain.trail.arn(),
                    source_account: &chain.trail.account,
                    topic: &topic,
                    subject: None,
                    body: &body,
                };
                self.sources.buckets.topics().plan_as_service(batch.clone(), publication).await
            }
        };
        status.notification_attempted = Some(now);
        match planned {
            Ok(planned) => {
                status.notified = Some(now);
                status.notification_error = None;
                Ok(planned)
            }
            Err(TopicError::Store(error)) => Err(error),
            Err(error) => {
                tracing::warn!(%error, trail = chain.trail.arn(), topic = arn, "a notice of a log file was refused");
                let code = error.code().map_or("InternalError", |(code, _)| code);
                status.notification_error = Some(code.to_owned());
                Ok(batch)
            }
        }
    }
}
