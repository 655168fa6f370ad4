//! `DescribeOrganizationalUnit`.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::shapes::UnitShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct DescribeOrganizationalUnit;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    organizational_unit_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organizational_unit: UnitShape,
}

impl Operation for DescribeOrganizationalUnit {
    const NAME: &'static str = "DescribeOrganizationalUnit";
    const ACCESS: Access = Access::read("organizations:DescribeOrganizationalUnit");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.organizational_unit_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.organizational_unit_id, &[Id::Unit])?;
        let tree = reader(call).await?;
        let unit = tree.unit(&input.organizational_unit_id).map_err(refused)?;
        Ok(Output { organizational_unit: UnitShape::new(&tree, unit) })
    }
}
