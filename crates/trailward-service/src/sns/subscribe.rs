//! `Subscribe`. The endpoint is asked whether it wants to be subscribed, and gets nothing until it answers.
//!
//! DEVIATION: HTTP and HTTPS endpoints only; no filter policies, no dead-letter queues.

use super::shapes::{Entries, recorded_with};
use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_topic::{Endpoint, Subscribing};
use trailward_wire::ApiError;

pub(crate) struct Subscribe;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Entries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_subscription_arn: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    subscription_arn: String,
}

impl Operation for Subscribe {
    const NAME: &'static str = "Subscribe";
    const ACCESS: Access = Access::write("SNS:Subscribe");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let target = target(&named("TopicArn", &input.topic_arn, call)?, call).await?;
        Ok(target
            .with_key("sns:Protocol", input.protocol.clone())
            .with_key("sns:Endpoint", input.endpoint.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        let asked = Subscribing {
            owner: call.account().to_owned(),
            principal: call.identity.display_arn().to_owned(),
            endpoint: Endpoint::new(&input.protocol, &input.endpoint).map_err(refused)?,
            attributes: input.attributes.map(Entries::pairs).transpose()?.unwrap_or_default(),
        };
        let made = call.platform.topics.subscribe(&at, &asked).await.map_err(refused)?;
        let shown = made.is_confirmed() || input.return_subscription_arn == Some(true);
        Ok(Output { subscription_arn: if shown { made.at.arn() } else { "pending confirmation".to_owned() } })
    }

    fn record_input(input: &Input) -> serde_json::Value {
        let attributes = input.attributes.as_ref().map(Entries::recorded).unwrap_or_default();
        recorded_with(input, "attributes", attributes)
    }
}
