//! `ListPoliciesForTarget`: what is attached to a root, a unit or an account itself; nothing inherited.

use super::caller::reader;
use super::check::{id, policy_type};
use super::errors::refused;
use super::page::page;
use super::shapes::PolicySummary;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct ListPoliciesForTarget;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    target_id: String,
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

impl Operation for ListPoliciesForTarget {
    const NAME: &'static str = "ListPoliciesForTarget";
    const ACCESS: Access = Access::read("organizations:ListPoliciesForTarget");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.target_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let kind = policy_type(&input.filter)?;
        id(&input.target_id, &[Id::Root, Id::Unit, Id::Account])?;
        let tree = reader(call).await?;
        let found = tree.policies_on(&input.target_id, kind).map_err(refused)?;
        let found = found.iter().map(|policy| PolicySummary::new(&tree, policy)).collect();
        let (policies, next_token) =
            page(found, |policy| &policy.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { policies, next_token })
    }
}
