//! `TagResource`.

use super::subject::{named, of_tags, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EmptyResult;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::write("SNS:TagResource");
    type Input = Input;
    type Output = EmptyResult;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("ResourceArn", &input.resource_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<EmptyResult, ApiError> {
        let at = named("ResourceArn", &input.resource_arn, call)?;
        call.platform.topics.tag(&at, &input.tags).await.map_err(of_tags)?;
        Ok(EmptyResult::default())
    }
}
