//! `GetRole`.
//!
//! DEVIATION: `RoleLastUsed` is always empty.

use super::change::existing;
use super::check::Check;
use super::documents::shown;
use super::shapes::RoleShape;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    role: RoleShape,
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    const ACCESS: Access = Access::read("iam:GetRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let role = shown(existing::<Role>(&input.role_name, call).await?.value, call).await?;
        Ok(Output { role: RoleShape::whole(&role, call.account()) })
    }
}
