//! `DetachRolePolicy`.

use super::attachments;
use super::check::Check;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DetachRolePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    policy_arn: String,
}

impl Operation for DetachRolePolicy {
    const NAME: &'static str = "DetachRolePolicy";
    const ACCESS: Access = Access::write("iam:DetachRolePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).policy_arn("policyArn", &input.policy_arn).done()?;
        Ok(target::with_policy(target::of::<Role>(&input.role_name, call).await?, &input.policy_arn))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        attachments::detach::<Role>(&input.role_name, &input.policy_arn, call).await
    }
}
