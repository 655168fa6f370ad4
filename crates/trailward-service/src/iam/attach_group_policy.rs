//! `AttachGroupPolicy`. Attaching twice is no error.

use super::attachments;
use super::check::Check;
use super::state::Group;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct AttachGroupPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    policy_arn: String,
}

impl Operation for AttachGroupPolicy {
    const NAME: &'static str = "AttachGroupPolicy";
    const ACCESS: Access = Access::write("iam:AttachGroupPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().group(&input.group_name).policy_arn("policyArn", &input.policy_arn).done()?;
        Ok(target::with_policy(target::of::<Group>(&input.group_name, call).await?, &input.policy_arn))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        attachments::attach::<Group>(&input.group_name, &input.policy_arn, call).await
    }
}
