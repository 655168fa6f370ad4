//! `GetLoginProfile`.

use super::change::existing;
use super::check::Check;
use super::login_profiles::{self, LoginShape};
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetLoginProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    login_profile: LoginShape,
}

impl Operation for GetLoginProfile {
    const NAME: &'static str = "GetLoginProfile";
    const ACCESS: Access = Access::read("iam:GetLoginProfile");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("userName", input.user_name.as_deref().unwrap_or("-"), 64).done()?;
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        target::of::<User>(&name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        let user = existing::<User>(&name, call).await?.value;
        let profile = login_profiles::existing_of(&user, call).await?.value;
        Ok(Output { login_profile: LoginShape::new(&user, &profile) })
    }
}
