//! `ConfirmSubscription`: an endpoint's yes. Whoever has the token may say it, signed or not: it was sent to nobody else.

use super::message::HIDDEN;
use super::shapes::recorded_with;
use super::subject::{invalid, named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ConfirmSubscription;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    #[serde(default)]
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticate_on_unsubscribe: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    subscription_arn: String,
}

impl Operation for ConfirmSubscription {
    const NAME: &'static str = "ConfirmSubscription";
    const ACCESS: Access = Access::write("SNS:ConfirmSubscription").for_links();
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        let demanded = match input.authenticate_on_unsubscribe.as_deref() {
            None => false,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(_) => return Err(invalid("AuthenticateOnUnsubscribe")),
        };
        let signed = !call.identity.account.is_empty();
        let topics = &call.platform.topics;
        let confirmed = topics.confirm(&at, &input.token, signed, demanded).await.map_err(refused)?;
        Ok(Output { subscription_arn: confirmed.at.arn() })
    }

    fn record_input(input: &Input) -> serde_json::Value {
        recorded_with(input, "token", HIDDEN.into())
    }
}
