//! `DeleteUser`. Only a user without password, keys, MFA devices, policies and groups.

use super::change::{check_no_policies, commit, existing, retried};
use super::check::Check;
use super::errors::delete_conflict;
use super::login_profiles;
use super::mfa::devices_of;
use super::state::{User, removal};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::MfaHolder;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
}

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    const ACCESS: Access = Access::write("iam:DeleteUser");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let name = &input.user_name;
        retried(|| async move {
            let read = existing::<User>(name, call).await?;
            let user = &read.value;
            if login_profiles::of(user, call).await?.is_some() {
                return Err(delete_conflict("Cannot delete entity, must delete login profile first."));
            }
            if !user.keys.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must delete access keys first."));
            }
            if !devices_of(&MfaHolder::User(user.id.clone()), call).await?.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must delete MFA device first."));
            }
            if !user.groups.is_empty() {
                return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
            }
            check_no_policies(user)?;
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
