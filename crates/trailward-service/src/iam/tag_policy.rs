//! `TagPolicy`.

use super::check::Check;
use super::policies;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    tags: Vec<Tag>,
}

impl Operation for TagPolicy {
    const NAME: &'static str = "TagPolicy";
    const ACCESS: Access = Access::write("iam:TagPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).tags(&input.tags).done()?;
        Ok(target::with_request_tags(target::policy(&input.policy_arn, call).await?, &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        policies::change(&input.policy_arn, call, |policy| tagging::add(policy, &input.tags)).await
    }
}
