//! `ListTargetsForPolicy`: the root, units and accounts that a policy is attached to.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::page::page;
use super::shapes::TargetSummary;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct ListTargetsForPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    targets: Vec<TargetSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListTargetsForPolicy {
    const NAME: &'static str = "ListTargetsForPolicy";
    const ACCESS: Access = Access::read("organizations:ListTargetsForPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.policy_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.policy_id, &[Id::Policy])?;
        let tree = reader(call).await?;
        if tree.policy(&input.policy_id).is_none() {
            return Err(refused(Refusal::no_policy()));
        }
        let holds = |id: &&str| tree.attached(id).is_some_and(|attached| attached.contains(&input.policy_id));
        let mut found: Vec<_> =
            tree.targets().filter(holds).map(|id| TargetSummary::new(&tree, id)).collect();
        found.sort_by(|one, other| one.target_id.cmp(&other.target_id));
        let (targets, next_token) =
            page(found, |target| &target.target_id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { targets, next_token })
    }
}
