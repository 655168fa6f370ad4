//! `AddTags`. Tags with a key that is there already get the new value.

use super::tags::{check_tags, merge};
use super::trail::{find_at_home, store, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct AddTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    pub(super) resource_id: String,
    #[serde(default)]
    pub(super) tags_list: Vec<Tag>,
}

/// Tags are put on ARNs; of those, only trails exist here.
pub(super) fn check_resource(resource_id: &str) -> Result<(), ApiError> {
    if !resource_id.starts_with("arn:") {
        return Err(ApiError::bad_request(
            "CloudTrailARNInvalidException",
            "The resource id must be the ARN of a trail, an event data store, a dashboard or a channel.",
        ));
    }
    Ok(())
}

impl Operation for AddTags {
    const NAME: &'static str = "AddTags";
    const ACCESS: Access = Access::write("cloudtrail:AddTags");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.resource_id, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        check_resource(&input.resource_id)?;
        check_tags(&input.tags_list)?;
        let (mut trail, revision) = find_at_home(&input.resource_id, call).await.map_err(not_found)?;
        trail.tags = merge(trail.tags, &input.tags_list)?;
        store(trail, Some(revision), false, call).await?;
        Ok(Empty {})
    }
}

/// The tag calls speak of resources, not of trails.
pub(super) fn not_found(error: ApiError) -> ApiError {
    if error.code == "TrailNotFoundException" {
        ApiError::bad_request("ResourceNotFoundException", error.message)
    } else {
        error
    }
}
