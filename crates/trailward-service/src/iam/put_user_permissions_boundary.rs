//! `PutUserPermissionsBoundary`.

use super::attachments;
use super::check::Check;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct PutUserPermissionsBoundary;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    permissions_boundary: String,
}

impl Operation for PutUserPermissionsBoundary {
    const NAME: &'static str = "PutUserPermissionsBoundary";
    const ACCESS: Access = Access::write("iam:PutUserPermissionsBoundary");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .user(&input.user_name)
            .policy_arn("permissionsBoundary", &input.permissions_boundary)
            .done()?;
        Ok(target::with_boundary(
            target::of::<User>(&input.user_name, call).await?,
            Some(&input.permissions_boundary),
        ))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        attachments::put_boundary::<User>(&input.user_name, &input.permissions_boundary, call).await
    }
}
