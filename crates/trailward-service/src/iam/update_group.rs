//! `UpdateGroup`: another name or path. Id, policies and members stay. Needs the permission on what the group is
//! and on what it becomes.

use super::change::{commit, existing, pin, renamed, retried};
use super::check::Check;
use super::members;
use super::state::{Group, User, all_versioned, replacement};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateGroup;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_group_name: Option<String>,
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    const ACCESS: Access = Access::write("iam:UpdateGroup");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .group(&input.group_name)
            .path("newPath", input.new_path.as_deref())
            .name("newGroupName", input.new_group_name.as_deref().unwrap_or("-"), 128)
            .done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let input = &input;
        retried(|| async move {
            let account = call.account();
            let mut read = existing::<Group>(&input.group_name, call).await?;
            let (path, name) = (input.new_path.as_deref(), input.new_group_name.as_deref());
            call.authorize(&Self::ACCESS, &target::moved(&read.value, path, name, call)).await?;
            if let Some(path) = &input.new_path {
                read.value.path.clone_from(path);
            }
            let former = read.value.name.clone();
            let Some(name) = input.new_group_name.as_ref().filter(|name| **name != former) else {
                commit(replacement(account, &read)?, call).await?;
                return Ok(Empty {});
            };
            let mut batch = renamed(&mut read, name, call, |group, name| group.name = name).await?;
            for mut user in all_versioned::<User>(&call.platform, account).await? {
                if members::is_member(&user.value, &former) {
                    user.value.groups.retain(|have| !members::same_name(have, &former));
                    user.value.groups.push(name.clone());
                    batch = pin(batch, account, &user)?;
                }
            }
            commit(batch, call).await?;
            Ok(Empty {})
        })
        .await
    }
}
