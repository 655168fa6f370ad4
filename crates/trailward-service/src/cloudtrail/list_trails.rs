//! `ListTrails`: the account's trails of all Regions, its organization's included.

use super::organization::visible;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListTrails;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    name: String,
    home_region: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    trails: Vec<Listed>,
}

impl Operation for ListTrails {
    const NAME: &'static str = "ListTrails";
    const ACCESS: Access = Access::read("cloudtrail:ListTrails");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        // The most an account can have (five in each Region) fits one page, so no token is ever given out.
        if input.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(ApiError::bad_request("InvalidNextTokenException", "The next token is not valid."));
        }
        let all = visible(call).await?;
        let trails = all
            .into_iter()
            .map(|trail| Listed {
                trail_arn: trail.key.arn(),
                name: trail.key.name,
                home_region: trail.key.home_region,
            })
            .collect();
        Ok(Output { trails })
    }
}
