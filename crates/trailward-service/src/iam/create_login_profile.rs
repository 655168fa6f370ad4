//! `CreateLoginProfile`: a password for a user. No record carries it.
//!
//! DEVIATION: AWS makes one without a password for root of a member account, when called by `AssumeRoot`, which is not here.

use super::check::Check;
use super::errors::validation;
use super::login_profiles::{self, LoginShape};
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct CreateLoginProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing)]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reset_required: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    login_profile: LoginShape,
}

impl Operation for CreateLoginProfile {
    const NAME: &'static str = "CreateLoginProfile";
    const ACCESS: Access = Access::write("iam:CreateLoginProfile");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 64)
            .password("password", input.password.as_deref())
            .done()?;
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        target::of::<User>(&name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        let password =
            input.password.as_deref().ok_or_else(|| validation("Must specify a password for the user"))?;
        let reset = input.password_reset_required.unwrap_or(false);
        Ok(Output { login_profile: login_profiles::create(&name, password, reset, call).await? })
    }
}
