//! `SetDefaultPolicyVersion`.

use super::check::Check;
use super::policies;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct SetDefaultPolicyVersion;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    version_id: String,
}

impl Operation for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
    const ACCESS: Access = Access::write("iam:SetDefaultPolicyVersion");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).version(&input.version_id).done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        policies::change(&input.policy_arn, call, |policy| {
            let version = policies::version(policy, &input.policy_arn, &input.version_id)?.id.clone();
            policy.default_version = version;
            policy.updated = call.now.unix_timestamp();
            Ok(())
        })
        .await
    }
}
