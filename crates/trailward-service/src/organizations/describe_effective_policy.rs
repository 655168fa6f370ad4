//! `DescribeEffectivePolicy`. It is about management policies, of which none can be made here: there never is one in
//! effect. Control policies have no effective policy on AWS either.

use super::caller::member;
use super::check::{invalid, is_management_type};
use super::errors::refused;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Refusal;
use trailward_wire::ApiError;

pub(crate) struct DescribeEffectivePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<String>,
}

impl Operation for DescribeEffectivePolicy {
    const NAME: &'static str = "DescribeEffectivePolicy";
    const ACCESS: Access = Access::read("organizations:DescribeEffectivePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any().with_key("organizations:PolicyType", input.policy_type.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let tree = member(call).await?;
        if !is_management_type(&input.policy_type) {
            return Err(invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid value."));
        }
        if let Some(target) = &input.target_id
            && tree.member(target).is_err()
        {
            return Err(refused(Refusal::no_target()));
        }
        Err(ApiError::bad_request(
            "EffectivePolicyNotFoundException",
            "If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account doesn't have an effective policy of this type.",
        ))
    }
}
