//! `DeleteOrganizationalUnit`, if it is empty.

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

pub(crate) struct DeleteOrganizationalUnit;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    organizational_unit_id: String,
}

impl Operation for DeleteOrganizationalUnit {
    const NAME: &'static str = "DeleteOrganizationalUnit";
    const ACCESS: Access = Access::write("organizations:DeleteOrganizationalUnit");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.organizational_unit_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.organizational_unit_id, &[Id::Unit])?;
        change(call, |tree| tree.delete_unit(&input.organizational_unit_id)).await?;
        Ok(Empty {})
    }
}
