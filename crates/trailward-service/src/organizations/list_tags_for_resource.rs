//! `ListTagsForResource`: at most fifty, so there is one page.

use super::caller::reader;
use super::check::{id, invalid};
use super::errors::refused;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct ListTagsForResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    tags: Vec<Tag>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    const ACCESS: Access = Access::read("organizations:ListTagsForResource");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.resource_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.resource_id, &[Id::Root, Id::Unit, Id::Account, Id::Policy])?;
        if input.next_token.is_some() {
            return Err(invalid("INVALID_NEXT_TOKEN", "The NextToken that you provided is not valid."));
        }
        let tree = reader(call).await?;
        Ok(Output { tags: tree.tags(&input.resource_id).map_err(refused)?.to_vec() })
    }
}
