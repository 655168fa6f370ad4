//! `UpdateUser`: another name or path. Id, keys, policies and groups stay. Needs the permission on what the user is and
//! on what it becomes.
//!
//! DEVIATION: credentials of `GetSessionToken` from before a change of name stop working.

use super::change::{commit, existing, renamed, retried};
use super::check::Check;
use super::keys;
use super::state::{User, failed, replacement};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::principals::note_user;
use crate::identity::{KeyOwner, key_bytes};
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_store::stored::encode;
use trailward_wire::ApiError;

pub(crate) struct UpdateUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_user_name: Option<String>,
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    const ACCESS: Access = Access::write("iam:UpdateUser");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .user(&input.user_name)
            .path("newPath", input.new_path.as_deref())
            .name("newUserName", input.new_user_name.as_deref().unwrap_or("-"), 64)
            .done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let input = &input;
        retried(|| async move {
            let mut read = existing::<User>(&input.user_name, call).await?;
            let (path, name) = (input.new_path.as_deref(), input.new_user_name.as_deref());
            call.authorize(&Self::ACCESS, &target::moved(&read.value, path, name, call)).await?;
            if let Some(path) = &input.new_path {
                read.value.path.clone_from(path);
            }
            let Some(name) = input.new_user_name.as_ref().filter(|name| **name != read.value.name) else {
                commit(replacement(call.account(), &read)?, call).await?;
                return Ok(Empty {});
            };
            let batch = renamed(&mut read, name, call, |user, name| user.name = name).await?;
            let mut batch = note_user(batch, &read.value.id, call.account(), name).map_err(failed)?;
            for id in &read.value.keys {
                let mut key = keys::find(id, call).await?;
                key.value.owner = KeyOwner::User(name.clone());
                let at = key_bytes(id);
                batch =
                    batch.unchanged(at.clone(), key.revision).put(at, encode(&key.value).map_err(failed)?);
            }
            commit(batch, call).await?;
            Ok(Empty {})
        })
        .await
    }
}
