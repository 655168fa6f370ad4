//! `RemoveRoleFromInstanceProfile`.

use super::check::Check;
use super::instance_profiles::{InstanceProfile, remove_role};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct RemoveRoleFromInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    role_name: String,
}

impl Operation for RemoveRoleFromInstanceProfile {
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
    const ACCESS: Access = Access::write("iam:RemoveRoleFromInstanceProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .role(&input.role_name)
            .done()?;
        target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        remove_role(&input.instance_profile_name, &input.role_name, call).await
    }
}
