//! `ListOrganizationalUnitsForParent`.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::page::page;
use super::shapes::UnitShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct ListOrganizationalUnitsForParent;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    parent_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organizational_units: Vec<UnitShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Operation for ListOrganizationalUnitsForParent {
    const NAME: &'static str = "ListOrganizationalUnitsForParent";
    const ACCESS: Access = Access::read("organizations:ListOrganizationalUnitsForParent");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.parent_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.parent_id, &[Id::Root, Id::Unit])?;
        let tree = reader(call).await?;
        if !tree.is_parent(&input.parent_id) {
            return Err(refused(Refusal::no_parent()));
        }
        let below = tree.units.values().filter(|unit| unit.parent == input.parent_id);
        let below = below.map(|unit| UnitShape::new(&tree, unit)).collect();
        let (organizational_units, next_token) =
            page(below, |unit| &unit.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { organizational_units, next_token })
    }
}
