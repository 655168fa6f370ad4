//! `ListPolicies`, the account's own first, then those of AWS that are known here, each by name.

use super::check::Check;
use super::page::{Asked, Rest, page};
use super::policies;
use super::shapes::PolicyShape;
use super::state::ManagedPolicy;
use super::usage::{USAGES, Usage};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListPolicies;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_attached: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_usage_filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policies: Vec<PolicyShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const ACCESS: Access = Access::read("iam:ListPolicies");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .one_of("scope", input.scope.as_deref(), &["All", "AWS", "Local"])
            .path_prefix(input.path_prefix.as_deref())
            .one_of("policyUsageFilter", input.policy_usage_filter.as_deref(), USAGES)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        let path = input.path_prefix.as_deref().unwrap_or("/");
        Ok(Target::new("*", call.account()).shown_as(format!("policy path {path}")))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let usage = Usage::count(call).await?;
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let wanted = |policy: &ManagedPolicy, arn: &str| {
            let (attached, bounding) = (usage.attached(arn) > 0, usage.bounding(arn) > 0);
            policy.path.starts_with(prefix)
                && match (input.only_attached, input.policy_usage_filter.as_deref()) {
                    (_, Some("PermissionsBoundary")) => bounding,
                    (_, Some(_)) => attached,
                    (Some(true), None) => attached || bounding,
                    _ => true,
                }
        };
        let mut found = policies::all(input.scope.as_deref(), call).await?;
        found.retain(|(arn, policy)| wanted(policy, arn));
        let (found, rest) = page(
            found,
            |(arn, policy)| sort_key(arn, policy),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let shown =
            found.into_iter().map(|(arn, policy)| PolicyShape::listed(&policy, arn, &usage)).collect();
        Ok(Output { policies: shown, rest })
    }
}

/// Keeps the account's own before AWS's, which may have the same names.
fn sort_key(arn: &str, policy: &ManagedPolicy) -> String {
    let owner = if arn.starts_with("arn:aws:iam::aws:") { "aws" } else { "Local" };
    format!("{owner}/{}", policy.name)
}
