//! `GetPolicyVersion`. The document is percent-encoded.

use super::check::Check;
use super::policies;
use super::shapes::VersionShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetPolicyVersion;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    version_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy_version: VersionShape,
}

impl Operation for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    const ACCESS: Access = Access::read("iam:GetPolicyVersion");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).version(&input.version_id).done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let policy = policies::known(&input.policy_arn, call).await?.policy();
        let version = policies::version(&policy, &input.policy_arn, &input.version_id)?;
        Ok(Output { policy_version: VersionShape::whole(version, &policy) })
    }
}
