//! `ListPolicyTags`, by key.

use super::check::Check;
use super::page::Asked;
use super::policies;
use super::tagging;
use super::tagging::Listed;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListPolicyTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

impl Operation for ListPolicyTags {
    const NAME: &'static str = "ListPolicyTags";
    const ACCESS: Access = Access::read("iam:ListPolicyTags");
    type Input = Input;
    type Output = Listed;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .policy_arn("policyArn", &input.policy_arn)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Listed, ApiError> {
        let policy = policies::known(&input.policy_arn, call).await?.policy();
        tagging::list(policy.tags, Asked { marker: input.marker.as_deref(), max_items: input.max_items })
    }
}
