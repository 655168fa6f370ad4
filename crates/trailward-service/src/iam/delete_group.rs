//! `DeleteGroup`. Only a group without users and policies.

use super::change::{check_no_policies, commit, existing, retried};
use super::check::Check;
use super::errors::delete_conflict;
use super::members;
use super::state::{Group, removal};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteGroup;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    const ACCESS: Access = Access::write("iam:DeleteGroup");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().group(&input.group_name).done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let name = &input.group_name;
        retried(|| async move {
            let read = existing::<Group>(name, call).await?;
            check_no_policies(&read.value)?;
            if !members::of(name, call).await?.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
            }
            // Whoever adds a user meanwhile pins the group, so that this commit fails and all is looked at anew.
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
