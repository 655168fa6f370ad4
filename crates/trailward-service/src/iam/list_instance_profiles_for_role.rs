//! `ListInstanceProfilesForRole`, by name.

use super::change::existing;
use super::check::Check;
use super::instance_profiles::{ProfileShape, of_role};
use super::page::{Asked, Rest, page};
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListInstanceProfilesForRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
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

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    const ACCESS: Access = Access::read("iam:ListInstanceProfilesForRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).page(input.marker.as_deref(), input.max_items).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        existing::<Role>(&input.role_name, call).await?;
        let found = of_role(&input.role_name, call).await?;
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
