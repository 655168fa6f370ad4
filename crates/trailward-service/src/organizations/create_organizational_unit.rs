//! `CreateOrganizationalUnit`, up to five levels under the root.

use super::caller::{change, manager};
use super::check::{id, length, new_id, tags};
use super::shapes::UnitShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct CreateOrganizationalUnit;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    parent_id: String,
    #[serde(default)]
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organizational_unit: UnitShape,
}

impl Operation for CreateOrganizationalUnit {
    const NAME: &'static str = "CreateOrganizationalUnit";
    const ACCESS: Access = Access::write("organizations:CreateOrganizationalUnit");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target::of(call, &input.parent_id).await?.tagged_by("organizations:TagResource", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.parent_id, &[Id::Root, Id::Unit])?;
        length(&input.name, 1, 128)?;
        tags(&input.tags)?;
        let (root, own) = (manager(call).await?.organization.root, new_id(call, "", 8)?);
        let new = format!("ou-{}-{own}", root.trim_start_matches("r-"));
        let made = change(call, |tree| {
            let unit = tree.create_unit(&new, &input.parent_id, &input.name, input.tags.clone())?;
            Ok(UnitShape::new(tree, &unit))
        });
        Ok(Output { organizational_unit: made.await? })
    }
}
