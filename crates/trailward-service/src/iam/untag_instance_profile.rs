//! `UntagInstanceProfile`.

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
use trailward_wire::ApiError;

pub(crate) struct UntagInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    tag_keys: Vec<String>,
}

impl Operation for UntagInstanceProfile {
    const NAME: &'static str = "UntagInstanceProfile";
    const ACCESS: Access = Access::write("iam:UntagInstanceProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .tag_keys(&input.tag_keys)
            .done()?;
        Ok(target::with_tag_keys(
            target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await?,
            input.tag_keys.clone(),
        ))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<InstanceProfile>(&input.instance_profile_name, call, |entity| {
            tagging::remove(entity, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}
