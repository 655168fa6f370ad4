//! `PutRolePermissionsBoundary`.

use super::attachments;
use super::check::Check;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct PutRolePermissionsBoundary;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    permissions_boundary: String,
}

impl Operation for PutRolePermissionsBoundary {
    const NAME: &'static str = "PutRolePermissionsBoundary";
    const ACCESS: Access = Access::write("iam:PutRolePermissionsBoundary");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .role(&input.role_name)
            .policy_arn("permissionsBoundary", &input.permissions_boundary)
            .done()?;
        Ok(target::with_boundary(
            target::of::<Role>(&input.role_name, call).await?,
            Some(&input.permissions_boundary),
        ))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        attachments::put_boundary::<Role>(&input.role_name, &input.permissions_boundary, call).await
    }
}
