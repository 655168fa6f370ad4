//! `DetachUserPolicy`.

use super::attachments;
use super::check::Check;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DetachUserPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    policy_arn: String,
}

impl Operation for DetachUserPolicy {
    const NAME: &'static str = "DetachUserPolicy";
    const ACCESS: Access = Access::write("iam:DetachUserPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).policy_arn("policyArn", &input.policy_arn).done()?;
        Ok(target::with_policy(target::of::<User>(&input.user_name, call).await?, &input.policy_arn))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        attachments::detach::<User>(&input.user_name, &input.policy_arn, call).await
    }
}
