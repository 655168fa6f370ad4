//! `AddUserToGroup`. Adding twice is no error.

use super::check::Check;
use super::members;
use super::state::Group;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct AddUserToGroup;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    user_name: String,
}

impl Operation for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
    const ACCESS: Access = Access::write("iam:AddUserToGroup");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().group(&input.group_name).user(&input.user_name).done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        members::add(&input.group_name, &input.user_name, call).await
    }
}
