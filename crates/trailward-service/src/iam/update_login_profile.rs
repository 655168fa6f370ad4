//! `UpdateLoginProfile`: another password, or whether it must be changed. No record carries it.

use super::check::Check;
use super::login_profiles;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateLoginProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    #[serde(skip_serializing)]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reset_required: Option<bool>,
}

impl Operation for UpdateLoginProfile {
    const NAME: &'static str = "UpdateLoginProfile";
    const ACCESS: Access = Access::write("iam:UpdateLoginProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", &input.user_name, 64)
            .password("password", input.password.as_deref())
            .done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let reset = input.password_reset_required;
        login_profiles::update(&input.user_name, input.password.as_deref(), reset, call).await?;
        Ok(Empty {})
    }
}
