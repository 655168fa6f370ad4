//! `SetTopicAttributes`. Display name, policy, delivery policy.
//!
//! DEVIATION: no encryption under KMS keys, no delivery status logs, no tracing.

use super::subject::{bound, named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct SetTopicAttributes;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

impl Operation for SetTopicAttributes {
    const NAME: &'static str = "SetTopicAttributes";
    const ACCESS: Access = Access::write("SNS:SetTopicAttributes");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        let topics = &call.platform.topics;
        let value = match &*input.attribute_name {
            "Policy" => bound(&input.attribute_value, call).await?,
            _ => input.attribute_value,
        };
        topics.set_attribute(&at, &input.attribute_name, &value).await.map_err(refused)?;
        Ok(Empty {})
    }
}
