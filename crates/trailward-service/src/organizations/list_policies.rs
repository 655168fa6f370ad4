//! `ListPolicies` of one type, AWS's own included.

use super::caller::reader;
use super::check::policy_type;
use super::page::page;
use super::shapes::PolicySummary;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListPolicies;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    filter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policies: Vec<PolicySummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    const ACCESS: Access = Access::read("organizations:ListPolicies");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any().with_key("organizations:PolicyType", input.filter.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let kind = policy_type(&input.filter)?;
        let tree = reader(call).await?;
        let all = tree.policies_of(kind);
        let mut all: Vec<_> = all.iter().map(|policy| PolicySummary::new(&tree, policy)).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        let (policies, next_token) =
            page(all, |policy| &policy.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { policies, next_token })
    }
}
