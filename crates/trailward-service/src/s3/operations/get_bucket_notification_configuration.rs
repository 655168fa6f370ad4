//! `GetBucketNotificationConfiguration`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};
use trailward_bucket::TopicNotification;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketNotificationConfigurationInput>,
) -> Answer<dto::GetBucketNotificationConfigurationOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_notifications(&grant).await.map_err(|e| call.refuse(e))?;
    let topics: Vec<_> = found.into_iter().map(shown).collect();
    Ok(S3Response::new(dto::GetBucketNotificationConfigurationOutput {
        topic_configurations: Some(topics).filter(|topics| !topics.is_empty()),
        ..dto::GetBucketNotificationConfigurationOutput::default()
    }))
}

fn shown(one: TopicNotification) -> dto::TopicConfiguration {
    let rule = |name: &'static str, value: Option<String>| {
        value.map(|value| dto::FilterRule {
            name: Some(dto::FilterRuleName::from_static(name)),
            value: Some(value),
        })
    };
    let rules: Vec<_> =
        [rule("Prefix", one.prefix), rule("Suffix", one.suffix)].into_iter().flatten().collect();
    dto::TopicConfiguration {
        events: one.events.into_iter().map(dto::Event::from).collect(),
        filter: Some(rules).filter(|rules| !rules.is_empty()).map(|rules| {
            dto::NotificationConfigurationFilter { key: Some(dto::S3KeyFilter { filter_rules: Some(rules) }) }
        }),
        id: Some(one.id),
        topic_arn: one.topic,
    }
}
