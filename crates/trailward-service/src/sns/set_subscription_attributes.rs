//! `SetSubscriptionAttributes`. Raw messages, delivery policy.
//!
//! DEVIATION: no filter policies, no dead-letter queues, no replay.

use super::subject::{named_subscription, own_subscription, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct SetSubscriptionAttributes;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    subscription_arn: String,
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

impl Operation for SetSubscriptionAttributes {
    const NAME: &'static str = "SetSubscriptionAttributes";
    const ACCESS: Access = Access::write("SNS:SetSubscriptionAttributes");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        named_subscription(&input.subscription_arn, call)?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named_subscription(&input.subscription_arn, call)?;
        own_subscription(&at, call).await?;
        let topics = &call.platform.topics;
        let done =
            topics.set_subscription_attribute(&at, &input.attribute_name, &input.attribute_value).await;
        done.map_err(refused)?;
        Ok(Empty {})
    }
}
