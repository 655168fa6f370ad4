//! `AddRoleToInstanceProfile`. Needs `iam:PassRole` on the role too.

use super::check::Check;
use super::errors::protected;
use super::instance_profiles::{InstanceProfile, add_role};
use super::state::{Role, find};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct AddRoleToInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    role_name: String,
}

impl Operation for AddRoleToInstanceProfile {
    const NAME: &'static str = "AddRoleToInstanceProfile";
    const ACCESS: Access = Access::write("iam:AddRoleToInstanceProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .role(&input.role_name)
            .done()?;
        let target = target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await?;
        call.authorize(&Self::ACCESS, &target).await?;
        let role = target::of::<Role>(&input.role_name, call).await?;
        let role = role.with_key("iam:PassedToService", "ec2.amazonaws.com");
        call.authorize(&Access::write("iam:PassRole"), &role).await?;
        Ok(target)
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let role = find::<Role>(&call.platform, call.account(), &input.role_name).await?;
        role.map_or(Ok(()), |role| protected(&role.value))?;
        add_role(&input.instance_profile_name, &input.role_name, call).await
    }
}
