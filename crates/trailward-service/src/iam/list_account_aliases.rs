//! `ListAccountAliases`: one at most.

use super::account_alias;
use super::check::Check;
use super::page::{Asked, Rest, page};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListAccountAliases;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    account_aliases: Vec<String>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListAccountAliases {
    const NAME: &'static str = "ListAccountAliases";
    const ACCESS: Access = Access::read("iam:ListAccountAliases");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Check::new().page(input.marker.as_deref(), input.max_items).done()?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let found = account_alias::get(call).await?.into_iter().collect();
        let asked = Asked { marker: input.marker.as_deref(), max_items: input.max_items };
        let (account_aliases, rest) = page(found, String::clone, asked)?;
        Ok(Output { account_aliases, rest })
    }
}
