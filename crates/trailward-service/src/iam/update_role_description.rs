//! `UpdateRoleDescription`.

use super::change::change;
use super::check::Check;
use super::documents::{decode_recorded, shown};
use super::shapes::RoleShape;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_wire::ApiError;

pub(crate) struct UpdateRoleDescription;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    description: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    role: RoleShape,
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    const ACCESS: Access = Access::write("iam:UpdateRoleDescription");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).length("description", &input.description, 0, 1_000).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let role = change::<Role>(&input.role_name, call, |role| {
            role.description = Some(input.description.clone());
            Ok(())
        })
        .await?;
        let role = shown(role, call).await?;
        Ok(Output { role: RoleShape::listed(&role, call.account()) })
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        decode_recorded(&mut answer, "/role/assumeRolePolicyDocument");
        answer
    }
}
