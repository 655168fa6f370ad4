//! `RemovePermission`. A statement less in the topic's policy.

use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct RemovePermission;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
    #[serde(default)]
    label: String,
}

impl Operation for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    const ACCESS: Access = Access::write("SNS:RemovePermission");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        call.platform.topics.remove_permission(&at, &input.label).await.map_err(refused)?;
        Ok(Empty {})
    }
}
