//! `ListTags`, for one to twenty trails.

use super::add_tags::{check_resource, not_found};
use super::trail::{find, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct ListTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    resource_id_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ResourceTag {
    resource_id: String,
    tags_list: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    resource_tag_list: Vec<ResourceTag>,
}

impl Operation for ListTags {
    const NAME: &'static str = "ListTags";
    const ACCESS: Access = Access::read("cloudtrail:ListTags");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        match input.resource_id_list.as_slice() {
            [one] => Ok(target_of(one, call)),
            _ => Ok(Target::any()),
        }
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if !(1..=20).contains(&input.resource_id_list.len()) {
            return Err(ApiError::bad_request(
                "CloudTrailARNInvalidException",
                "ResourceIdList must have 1 to 20 trail ARNs.",
            ));
        }
        if input.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(ApiError::bad_request("InvalidTokenException", "The token is not valid."));
        }
        let mut resource_tag_list = Vec::new();
        for resource_id in input.resource_id_list {
            check_resource(&resource_id)?;
            let (trail, _) = find(&resource_id, call).await.map_err(not_found)?;
            resource_tag_list.push(ResourceTag { resource_id, tags_list: trail.tags });
        }
        Ok(Output { resource_tag_list })
    }
}
