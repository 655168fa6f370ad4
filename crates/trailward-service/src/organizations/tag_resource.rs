//! `TagResource`, for roots, units, accounts and policies.

use super::caller::change;
use super::check::{id, tags};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct TagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    resource_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::write("organizations:TagResource");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.resource_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.resource_id, &[Id::Root, Id::Unit, Id::Account, Id::Policy])?;
        tags(&input.tags)?;
        change(call, |tree| tree.tag(&input.resource_id, input.tags.clone())).await?;
        Ok(Empty {})
    }
}
