//! `ChangePassword`: of the user that calls. The account's password policy can let every user do it. No record carries either
//! password.

use super::change::existing;
use super::check::Check;
use super::login_profiles;
use super::password_policy::{self, opened};
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_policy::Principal;
use trailward_wire::ApiError;

pub(crate) struct ChangePassword;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing)]
    old_password: String,
    #[serde(skip_serializing)]
    new_password: String,
}

impl Operation for ChangePassword {
    const NAME: &'static str = "ChangePassword";
    const ACCESS: Access = Access::write("iam:ChangePassword");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .password("oldPassword", Some(&input.old_password))
            .password("newPassword", Some(&input.new_password))
            .done()?;
        let name = own_name(call)?;
        let policy = password_policy::find(call).await?.map(|(policy, _)| policy);
        let target = target::of::<User>(&name, call).await?;
        opened(target, policy.as_ref(), &call.platform, call.account())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let user = existing::<User>(&own_name(call)?, call).await?.value;
        login_profiles::change_own(&user, &input.old_password, &input.new_password, call).await?;
        Ok(Empty {})
    }
}

fn own_name(call: &Call) -> Result<String, ApiError> {
    if !matches!(call.identity.caller.principal, Principal::User { .. }) {
        return Err(ApiError::bad_request(
            "InvalidUserType",
            "Only IAM users can change their own password with this operation.",
        ));
    }
    Ok(call.identity.recorded.user_name.clone().unwrap_or_default())
}
