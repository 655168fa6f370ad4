//! `GetSubscriptionAttributes`.

use super::shapes::Entries;
use super::subject::{named_subscription, own_subscription, topic};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_topic::State;
use trailward_wire::ApiError;

pub(crate) struct GetSubscriptionAttributes;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    subscription_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    attributes: Entries,
}

impl Operation for GetSubscriptionAttributes {
    const NAME: &'static str = "GetSubscriptionAttributes";
    const ACCESS: Access = Access::read("SNS:GetSubscriptionAttributes");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        named_subscription(&input.subscription_arn, call)?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named_subscription(&input.subscription_arn, call)?;
        let one = own_subscription(&at, call).await?;
        let topic = topic(&at.topic, call).await?;
        let authenticated = matches!(one.state, State::Confirmed { authenticated: true, .. });
        let mut pairs = vec![
            ("ConfirmationWasAuthenticated", authenticated.to_string()),
            ("EffectiveDeliveryPolicy", one.effective_delivery_policy(&topic)),
            ("Endpoint", one.endpoint.url.clone()),
            ("Owner", one.owner.clone()),
            ("PendingConfirmation", (!one.is_confirmed()).to_string()),
            ("Protocol", one.endpoint.protocol.name().to_owned()),
            ("RawMessageDelivery", one.raw.to_string()),
            ("SubscriptionArn", at.arn()),
            ("SubscriptionPrincipal", one.principal.clone()),
            ("TopicArn", at.topic.arn()),
        ];
        if let Some(policy) = one.delivery_policy() {
            pairs.push(("DeliveryPolicy", policy));
        }
        Ok(Output { attributes: Entries::new(pairs) })
    }
}
