//! `GetInstanceProfile`.

use super::change::existing;
use super::check::Check;
use super::instance_profiles::{InstanceProfile, ProfileShape};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    instance_profile: ProfileShape,
}

impl Operation for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    const ACCESS: Access = Access::read("iam:GetInstanceProfile");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("instanceProfileName", &input.instance_profile_name, 128).done()?;
        target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let profile = existing::<InstanceProfile>(&input.instance_profile_name, call).await?.value;
        Ok(Output { instance_profile: ProfileShape::whole(&profile, call).await? })
    }
}
