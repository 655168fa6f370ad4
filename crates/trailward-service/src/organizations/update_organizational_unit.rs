//! `UpdateOrganizationalUnit`: another name; id, children and policies stay.

use super::caller::change;
use super::check::{id, length};
use super::shapes::UnitShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct UpdateOrganizationalUnit;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    organizational_unit_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organizational_unit: UnitShape,
}

impl Operation for UpdateOrganizationalUnit {
    const NAME: &'static str = "UpdateOrganizationalUnit";
    const ACCESS: Access = Access::write("organizations:UpdateOrganizationalUnit");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.organizational_unit_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.organizational_unit_id, &[Id::Unit])?;
        if let Some(name) = &input.name {
            length(name, 1, 128)?;
        }
        let changed = change(call, |tree| {
            let unit = match &input.name {
                Some(name) => tree.rename_unit(&input.organizational_unit_id, name)?,
                None => tree.unit(&input.organizational_unit_id)?.clone(),
            };
            Ok(UnitShape::new(tree, &unit))
        });
        Ok(Output { organizational_unit: changed.await? })
    }
}
