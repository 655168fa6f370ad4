//! Trying a trail's topic as CloudTrail itself, before the trail is stored: a message is really published.
//!
//! SPEC user guide, "Amazon SNS topic policy for CloudTrail".

use super::bucket_check::SERVICE;
use crate::call::Call;
use crate::sns::subject::refused;
use trailward_model::Trail;
use trailward_topic::{ServicePublication, TopicError, TopicRef, check_name};
use trailward_wire::ApiError;

/// What a topic is told first. Every consumer of notices knows it.
const VALIDATION: &str = "CloudTrail validation message.";

/// A topic as `SnsTopicName` gives it, a name or an ARN; `None` for an empty one, which takes it away.
pub(super) fn checked_name(given: &str) -> Result<Option<String>, ApiError> {
    if given.is_empty() {
        return Ok(None);
    }
    let valid = match given.strip_prefix("arn:") {
        Some(_) => TopicRef::parse(given).is_some(),
        None => check_name(given).is_ok(),
    };
    if valid {
        return Ok(Some(given.to_owned()));
    }
    let shown: String = given.chars().take(256).collect();
    Err(ApiError::bad_request("InvalidSnsTopicNameException", format!("SNS topic name is invalid: {shown}.")))
}

/// Publishes a first message to the trail's topic, if it has one.
pub(super) async fn try_topic(trail: &Trail, call: &Call) -> Result<(), ApiError> {
    let Some(arn) = trail.sns_topic_arn() else { return Ok(()) };
    let insufficient = || {
        ApiError::bad_request(
            "InsufficientSnsTopicPolicyException",
            "SNS Topic does not exist or the topic policy is incorrect!",
        )
    };
    let topic = TopicRef::parse(&arn).ok_or_else(insufficient)?;
    let publication = ServicePublication {
        service: SERVICE,
        source_arn: &trail.key.arn(),
        source_account: &trail.key.account,
        topic: &topic,
        subject: None,
        body: VALIDATION,
    };
    match call.platform.topics.publish_as_service(publication).await {
        Ok(()) => Ok(()),
        Err(TopicError::NotFound(_) | TopicError::Denied(_)) => Err(insufficient()),
        Err(error) => Err(refused(error)),
    }
}
