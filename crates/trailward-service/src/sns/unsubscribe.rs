//! `Unsubscribe`. Signed by the subscription's owner or the topic's, or by whoever has the link of a message, unless the
//! subscription was confirmed otherwise; then the endpoint is told, and can take it back.

use super::subject::{named_subscription, own_subscription, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_topic::{State, TopicError};
use trailward_wire::ApiError;

pub(crate) struct Unsubscribe;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    subscription_arn: String,
}

impl Operation for Unsubscribe {
    const NAME: &'static str = "Unsubscribe";
    const ACCESS: Access = Access::write("SNS:Unsubscribe").for_links();
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        named_subscription(&input.subscription_arn, call)?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named_subscription(&input.subscription_arn, call)?;
        let topics = &call.platform.topics;
        if call.identity.account.is_empty() {
            let found = topics.subscription(&at).await.map_err(refused)?;
            let found = found.ok_or_else(|| refused(TopicError::NotFound("Subscription")))?.value;
            let by_link = matches!(found.state, State::Confirmed { authenticate_on_unsubscribe: false, .. });
            if !by_link {
                return Err(refused(TopicError::Denied(
                    "The subscription is only ended by a signed request of its owner or the topic's.".into(),
                )));
            }
            topics.unsubscribe(&at, false).await.map_err(refused)?;
        } else {
            own_subscription(&at, call).await?;
            topics.unsubscribe(&at, true).await.map_err(refused)?;
        }
        Ok(Empty {})
    }
}
