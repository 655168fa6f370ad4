//! `UntagPolicy`.

use super::check::Check;
use super::policies;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UntagPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    tag_keys: Vec<String>,
}

impl Operation for UntagPolicy {
    const NAME: &'static str = "UntagPolicy";
    const ACCESS: Access = Access::write("iam:UntagPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).tag_keys(&input.tag_keys).done()?;
        Ok(target::with_tag_keys(target::policy(&input.policy_arn, call).await?, input.tag_keys.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        policies::change(&input.policy_arn, call, |policy| {
            tagging::remove(policy, &input.tag_keys);
            Ok(())
        })
        .await
    }
}
