//! `DeletePolicyVersion`. The default version stays.

use super::check::Check;
use super::errors::delete_conflict;
use super::policies;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeletePolicyVersion;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    version_id: String,
}

impl Operation for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    const ACCESS: Access = Access::write("iam:DeletePolicyVersion");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).version(&input.version_id).done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        policies::change(&input.policy_arn, call, |policy| {
            policies::version(policy, &input.policy_arn, &input.version_id)?;
            if policy.default_version == input.version_id {
                return Err(delete_conflict("Cannot delete the default version of a policy."));
            }
            policy.versions.retain(|version| version.id != input.version_id);
            Ok(())
        })
        .await
    }
}
