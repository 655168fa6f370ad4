//! `GetTopicAttributes`.

use super::shapes::Entries;
use super::subject::topic;
use super::subject::{named, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::principals;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_topic::{RetryPolicy, TopicDeliveryPolicy};
use trailward_wire::ApiError;

pub(crate) struct GetTopicAttributes;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    attributes: Entries,
}

fn written(policy: &TopicDeliveryPolicy) -> String {
    serde_json::to_string(policy).unwrap_or_default()
}

fn with_default_retry(mut policy: TopicDeliveryPolicy) -> TopicDeliveryPolicy {
    policy.http.default_healthy_retry_policy.get_or_insert_with(RetryPolicy::default);
    policy
}

impl Operation for GetTopicAttributes {
    const NAME: &'static str = "GetTopicAttributes";
    const ACCESS: Access = Access::read("SNS:GetTopicAttributes");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        let topic = topic(&at, call).await?;
        let effective = topic.delivery_policy.clone().unwrap_or_default();
        let mut pairs = vec![
            ("DisplayName", topic.display_name),
            ("EffectiveDeliveryPolicy", written(&with_default_retry(effective))),
            ("Owner", topic.at.account.clone()),
            ("Policy", principals::show(&call.platform, &topic.policy).await?),
            ("SubscriptionsConfirmed", topic.confirmed.to_string()),
            ("SubscriptionsDeleted", topic.ended.to_string()),
            ("SubscriptionsPending", topic.pending.to_string()),
            ("TopicArn", topic.at.arn()),
        ];
        if let Some(policy) = &topic.delivery_policy {
            pairs.push(("DeliveryPolicy", written(policy)));
        }
        Ok(Output { attributes: Entries::new(pairs) })
    }
}
