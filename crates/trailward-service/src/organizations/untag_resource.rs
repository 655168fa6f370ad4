//! `UntagResource`. A key that is not there is passed over.

use super::caller::change;
use super::check::id;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct UntagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    resource_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::write("organizations:UntagResource");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.resource_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.resource_id, &[Id::Root, Id::Unit, Id::Account, Id::Policy])?;
        change(call, |tree| tree.untag(&input.resource_id, &input.tag_keys)).await?;
        Ok(Empty {})
    }
}
