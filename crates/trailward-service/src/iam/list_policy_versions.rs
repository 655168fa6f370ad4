//! `ListPolicyVersions`, the newest first.

use super::check::Check;
use super::page::{Asked, Rest, page};
use super::policies;
use super::shapes::VersionShape;
use super::state::PolicyVersion;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListPolicyVersions;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    versions: Vec<VersionShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    const ACCESS: Access = Access::read("iam:ListPolicyVersions");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .policy_arn("policyArn", &input.policy_arn)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let policy = policies::known(&input.policy_arn, call).await?.policy();
        let newest_first = |version: &PolicyVersion| {
            let number: u32 = version.id.trim_start_matches('v').parse().unwrap_or(0);
            format!("{:010}", u32::MAX - number)
        };
        let (versions, rest) = page(
            policy.versions.clone(),
            newest_first,
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let versions = versions.iter().map(|version| VersionShape::listed(version, &policy)).collect();
        Ok(Output { versions, rest })
    }
}
