//! `ListInstanceProfiles`, by name.

use super::check::Check;
use super::instance_profiles::{InstanceProfile, ProfileShape};
use super::page::{Asked, Rest, page};
use super::state::{Entity as _, all};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListInstanceProfiles;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    instance_profiles: Vec<ProfileShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    const ACCESS: Access = Access::read("iam:ListInstanceProfiles");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .path_prefix(input.path_prefix.as_deref())
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(target::listed::<InstanceProfile>(input.path_prefix.as_deref(), call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let mut found = all::<InstanceProfile>(&call.platform, call.account()).await?;
        found.retain(|profile| profile.path().starts_with(prefix));
        let (found, rest) = page(
            found,
            |profile| profile.name.to_lowercase(),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let mut instance_profiles = Vec::with_capacity(found.len());
        for profile in &found {
            instance_profiles.push(ProfileShape::listed(profile, call).await?);
        }
        Ok(Output { instance_profiles, rest })
    }
}
