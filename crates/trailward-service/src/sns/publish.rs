//! `Publish`. Its record is a data event; what was published stays out of it.

use super::message::{AttributeEntries, Draft, HIDDEN, is_data};
use super::subject::{invalid, named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_topic::{TopicError, TopicRef};
use trailward_wire::ApiError;

pub(crate) struct Publish;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_structure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<AttributeEntries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_deduplication_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    message_id: String,
}

fn at(input: &Input, call: &Call) -> Result<TopicRef, ApiError> {
    if input.phone_number.is_some() {
        return Err(refused(TopicError::Unsupported("Text messages are not implemented here.".into())));
    }
    match (&input.topic_arn, &input.target_arn) {
        (Some(arn), None) => named("TopicArn", arn, call),
        (None, Some(arn)) => named("TargetArn", arn, call),
        (Some(_), Some(_)) => Err(invalid("Only one of TopicArn and TargetArn can be given")),
        (None, None) => Err(invalid("TopicArn or TargetArn Reason: no value for required parameter")),
    }
}

impl Operation for Publish {
    const NAME: &'static str = "Publish";
    const ACCESS: Access = Access::write("SNS:Publish");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        is_data(call);
        target(&at(input, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = at(&input, call)?;
        let draft = Draft {
            message: input.message,
            subject: input.subject,
            structure: input.message_structure,
            attributes: input.message_attributes,
            deduplication: input.message_deduplication_id,
            group: input.message_group_id,
        };
        let (published, _) = draft.checked()?;
        let message_id = call.platform.topics.publish(&at, &published).await.map_err(refused)?;
        Ok(Output { message_id })
    }

    fn record_input(input: &Input) -> serde_json::Value {
        crate::shape::as_recorded(serde_json::json!({
            "topicArn": input.topic_arn,
            "targetArn": input.target_arn,
            "message": HIDDEN,
            "subject": HIDDEN,
            "messageStructure": input.message_structure,
            "messageAttributes": HIDDEN,
        }))
    }
}
