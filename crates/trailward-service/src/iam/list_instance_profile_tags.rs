//! `ListInstanceProfileTags`, by key.

use super::change::existing;
use super::check::Check;
use super::instance_profiles::InstanceProfile;
use super::page::Asked;
use super::tagging::{self, Listed};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListInstanceProfileTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

impl Operation for ListInstanceProfileTags {
    const NAME: &'static str = "ListInstanceProfileTags";
    const ACCESS: Access = Access::read("iam:ListInstanceProfileTags");
    type Input = Input;
    type Output = Listed;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("instanceProfileName", &input.instance_profile_name, 128)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Listed, ApiError> {
        let entity = existing::<InstanceProfile>(&input.instance_profile_name, call).await?.value;
        tagging::list(entity.tags, Asked { marker: input.marker.as_deref(), max_items: input.max_items })
    }
}
