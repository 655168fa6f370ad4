//! `TagInstanceProfile`.

use super::change::change;
use super::check::Check;
use super::instance_profiles::InstanceProfile;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    tags: Vec<Tag>,
}

impl Operation for TagInstanceProfile {
    const NAME: &'static str = "TagInstanceProfile";
    const ACCESS: Access = Access::write("iam:TagInstanceProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .tags(&input.tags)
            .done()?;
        Ok(target::with_request_tags(
            target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await?,
            &input.tags,
        ))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<InstanceProfile>(&input.instance_profile_name, call, |entity| {
            tagging::add(entity, &input.tags)
        })
        .await?;
        Ok(Empty {})
    }
}
