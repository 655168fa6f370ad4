//! `DeleteTopic`. Its subscriptions go with it; a topic that is not there is no error.

use super::subject::{named, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteTopic;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    topic_arn: String,
}

impl Operation for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    const ACCESS: Access = Access::write("SNS:DeleteTopic");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("TopicArn", &input.topic_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let at = named("TopicArn", &input.topic_arn, call)?;
        call.platform.topics.delete(&at).await.map_err(refused)?;
        Ok(Empty {})
    }
}
