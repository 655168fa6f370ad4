//! `AddPermission`. A statement more in the topic's policy.

use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct AddPermission;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    #[serde(default)]
    label: String,
    #[serde(default, rename = "AWSAccountId")]
    aws_account_id: Vec<String>,
    #[serde(default)]
    action_name: Vec<String>,
}

impl Operation for AddPermission {
    const NAME: &'static str = "AddPermission";
    const ACCESS: Access = Access::write("SNS:AddPermission");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        let Input { label, aws_account_id, action_name, .. } = input;
        let topics = &call.platform.topics;
        topics.add_permission(&at, &label, &aws_account_id, &action_name).await.map_err(refused)?;
        Ok(Empty {})
    }
}
