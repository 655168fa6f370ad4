//! `CreateInstanceProfile`.

use super::change::create;
use super::check::Check;
use super::instance_profiles::{InstanceProfile, ProfileShape};
use super::state::unique_id;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreateInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    instance_profile: ProfileShape,
}

impl Operation for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    const ACCESS: Access = Access::write("iam:CreateInstanceProfile");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .path("path", input.path.as_deref())
            .tags(&input.tags)
            .done()?;
        let name = &input.instance_profile_name;
        let target = target::created::<InstanceProfile>(input.path.as_deref(), name, call);
        Ok(target.tagged_by("iam:TagInstanceProfile", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let profile = InstanceProfile {
            name: input.instance_profile_name,
            id: unique_id(&call.platform, "AIPA")?,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: call.now.unix_timestamp(),
            tags: input.tags,
            roles: Vec::new(),
        };
        create(&profile, Batch::new(), call).await?;
        Ok(Output { instance_profile: ProfileShape::whole(&profile, call).await? })
    }
}
