//! `ListTagsForResource`.

use super::subject::{named, of_tags, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct ListTagsForResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    resource_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    tags: Vec<Tag>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    const ACCESS: Access = Access::read("SNS:ListTagsForResource");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("ResourceArn", &input.resource_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let at = named("ResourceArn", &input.resource_arn, call)?;
        let topic = call.platform.topics.get(&at).await.map_err(of_tags)?;
        Ok(Output { tags: topic.value.tags })
    }
}
