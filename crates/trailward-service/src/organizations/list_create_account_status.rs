//! `ListCreateAccountStatus`, of some states or of all.

use super::caller::reader;
use super::check::unknown_value;
use super::errors::unstored;
use super::page::page;
use super::shapes::CreationShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListCreateAccountStatus;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    states: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    create_account_statuses: Vec<CreationShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListCreateAccountStatus {
    const NAME: &'static str = "ListCreateAccountStatus";
    const ACCESS: Access = Access::read("organizations:ListCreateAccountStatus");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if !input.states.iter().all(|state| ["IN_PROGRESS", "SUCCEEDED", "FAILED"].contains(&state.as_str()))
        {
            return Err(unknown_value());
        }
        let tree = reader(call).await?;
        let all = call.platform.organizations.creations(&tree.organization.id).await.map_err(unstored)?;
        let wanted = |shape: &CreationShape| {
            input.states.is_empty() || input.states.iter().any(|state| state == shape.state)
        };
        let found = all.iter().map(CreationShape::from).filter(wanted).collect();
        let (create_account_statuses, next_token) =
            page(found, |status| &status.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { create_account_statuses, next_token })
    }
}
