//! `ListSubscriptionsByTopic`. A hundred a page.

use super::shapes::{ListedSubscription, PAGE, after, page};
use super::subject::topic;
use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListSubscriptionsByTopic;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    subscriptions: Vec<ListedSubscription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListSubscriptionsByTopic {
    const NAME: &'static str = "ListSubscriptionsByTopic";
    const ACCESS: Access = Access::read("SNS:ListSubscriptionsByTopic");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        topic(&at, call).await?;
        let after = after(input.next_token.as_deref())?;
        let found = call.platform.topics.subscriptions_of(&at, after.as_deref(), PAGE + 1).await;
        let (subscriptions, next_token) = page(found.map_err(refused)?, |one| one.value.at.id.clone());
        let subscriptions = subscriptions.into_iter().map(|one| one.value.into()).collect();
        Ok(Output { subscriptions, next_token })
    }
}
