//! `GetAccountAuthorizationDetails`: users, groups, roles, own policies, and AWS's policies that are used, in this order.

use super::check::Check;
use super::details::{self, Detail, Details};
use super::page::{Asked, Rest, page};
use super::usage::ENTITIES;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetAccountAuthorizationDetails;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filter: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    #[serde(flatten)]
    details: Details,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for GetAccountAuthorizationDetails {
    const NAME: &'static str = "GetAccountAuthorizationDetails";
    const ACCESS: Access = Access::read("iam:GetAccountAuthorizationDetails");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .each_of("filter", &input.filter, ENTITIES)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(Target::new("*", call.account()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let wanted = |word: &str| input.filter.is_empty() || input.filter.iter().any(|filter| filter == word);
        let mut found = details::all(call).await?;
        found.retain(|detail| wanted(detail.word()));
        let (found, rest) = page(
            found,
            Detail::sort_key,
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        Ok(Output { details: Details::from(found), rest })
    }
}
