//! `ListAccounts`, closed ones included.

use super::caller::reader;
use super::page::page;
use super::shapes::AccountShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListAccounts;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    accounts: Vec<AccountShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListAccounts {
    const NAME: &'static str = "ListAccounts";
    const ACCESS: Access = Access::read("organizations:ListAccounts");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let tree = reader(call).await?;
        let all = tree.members.values().map(|member| AccountShape::new(&tree, member)).collect();
        let (accounts, next_token) =
            page(all, |account| &account.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { accounts, next_token })
    }
}
