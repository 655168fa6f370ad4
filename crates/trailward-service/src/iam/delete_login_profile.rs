//! `DeleteLoginProfile`.

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

pub(crate) struct DeleteLoginProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
}

impl Operation for DeleteLoginProfile {
    const NAME: &'static str = "DeleteLoginProfile";
    const ACCESS: Access = Access::write("iam:DeleteLoginProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("userName", input.user_name.as_deref().unwrap_or("-"), 64).done()?;
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        target::of::<User>(&name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let name = login_profiles::user_name(input.user_name.as_deref(), call)?;
        login_profiles::delete(&name, call).await?;
        Ok(Empty {})
    }
}
