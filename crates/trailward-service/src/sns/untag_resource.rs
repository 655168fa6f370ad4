//! `UntagResource`.

use super::subject::{named, of_tags, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EmptyResult;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UntagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::write("SNS:UntagResource");
    type Input = Input;
    type Output = EmptyResult;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named("ResourceArn", &input.resource_arn, call)?, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<EmptyResult, ApiError> {
        let at = named("ResourceArn", &input.resource_arn, call)?;
        call.platform.topics.untag(&at, &input.tag_keys).await.map_err(of_tags)?;
        Ok(EmptyResult::default())
    }
}
