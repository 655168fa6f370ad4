//! `PutBucketNotificationConfiguration`.
//!
//! DEVIATION: topics only. Queues, functions and EventBridge are refused with `NotImplemented`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::{Value, json};
use trailward_bucket::{BucketError, TopicNotification};
use trailward_wire::ApiError;

const ELSEWHERE: &str =
    "Notifications to queues, functions and EventBridge are not implemented here: notify a topic.";

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketNotificationConfigurationInput>,
) -> Answer<dto::PutBucketNotificationConfigurationOutput> {
    let grant = call.grant()?;
    let input = req.input;
    note(&call, &input.notification_configuration);
    let made_up = random_id(&call).map_err(|e| call.fail(e))?;
    let asked = read(input.notification_configuration, &made_up).map_err(|e| call.refuse(e))?;
    let unchecked = input.skip_destination_validation == Some(true);
    let done = call.writing().await?.put_bucket_notifications(&grant, &asked, unchecked).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketNotificationConfigurationOutput::default()))
}

fn read(
    configuration: dto::NotificationConfiguration,
    made_up: &str,
) -> Result<Vec<TopicNotification>, BucketError> {
    let elsewhere = configuration.event_bridge_configuration.is_some()
        || configuration.queue_configurations.is_some_and(|all| !all.is_empty())
        || configuration.lambda_function_configurations.is_some_and(|all| !all.is_empty());
    if elsewhere {
        return Err(BucketError::NotImplemented(ELSEWHERE));
    }
    let topics = configuration.topic_configurations.unwrap_or_default();
    topics.into_iter().zip(0..).map(|(topic, number)| read_one(topic, format!("{made_up}{number}"))).collect()
}

fn read_one(one: dto::TopicConfiguration, made_up: String) -> Result<TopicNotification, BucketError> {
    let mut read = TopicNotification {
        id: one.id.filter(|id| !id.is_empty()).unwrap_or(made_up),
        topic: one.topic_arn,
        events: one.events.into_iter().map(|event| event.as_ref().to_owned()).collect(),
        prefix: None,
        suffix: None,
    };
    let rules = one.filter.and_then(|filter| filter.key).and_then(|key| key.filter_rules).unwrap_or_default();
    for rule in rules {
        let name = rule.name.as_ref().map_or("", dto::FilterRuleName::as_str).to_ascii_lowercase();
        let refuse = |message: &str| BucketError::InvalidArgument {
            message: message.to_owned(),
            name: "FilterRule.Name",
            value: name.chars().take(100).collect(),
        };
        let place = match name.as_str() {
            "prefix" => &mut read.prefix,
            "suffix" => &mut read.suffix,
            _ => return Err(refuse("filter rule name must be either prefix or suffix")),
        };
        if place.is_some() {
            return Err(refuse("Cannot specify more than one prefix or suffix rule in a filter."));
        }
        *place = Some(rule.value.unwrap_or_default());
    }
    Ok(read)
}

/// What ids begin with that the request does not give.
fn random_id(call: &S3Call) -> Result<String, ApiError> {
    let mut random = [0; 16];
    call.platform().entropy.fill(&mut random)?;
    Ok(trailward_wire::uuid_id(random))
}

fn note(call: &S3Call, asked: &dto::NotificationConfiguration) {
    let topics = asked.topic_configurations.iter().flatten();
    let topics: Vec<Value> = topics
        .map(|one| {
            let events: Vec<&str> = one.events.iter().map(AsRef::as_ref).collect();
            json!({ "Id": one.id, "Topic": one.topic_arn, "Event": events })
        })
        .collect();
    record::add_document(call, "NotificationConfiguration", [("TopicConfiguration", Value::Array(topics))]);
}
