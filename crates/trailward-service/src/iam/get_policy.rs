//! `GetPolicy`.

use super::check::Check;
use super::policies;
use super::shapes::PolicyShape;
use super::target;
use super::usage::Usage;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyShape,
}

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    const ACCESS: Access = Access::read("iam:GetPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let known = policies::known(&input.policy_arn, call).await?;
        let usage = Usage::count(call).await?;
        let arn = known.arn(call.account());
        Ok(Output { policy: PolicyShape::whole(&known.policy(), arn, &usage) })
    }
}
