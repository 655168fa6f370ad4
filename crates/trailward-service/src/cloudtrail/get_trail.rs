//! `GetTrail`.

use super::trail::{TrailShape, find, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetTrail;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    trail: TrailShape,
}

impl Operation for GetTrail {
    const NAME: &'static str = "GetTrail";
    const ACCESS: Access = Access::read("cloudtrail:GetTrail");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (trail, _) = find(&input.name, call).await?;
        Ok(Output { trail: TrailShape::from(&trail) })
    }
}
