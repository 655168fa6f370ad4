//! Instance profiles: names that carry a role to an instance. There are no instances here; they are kept so that what
//! describes an account describes it whole.

use super::change::{change, commit, existing, pin, retried};
use super::documents::shown;
use super::errors::{delete_conflict, no_such, over_quota, short};
use super::members::same_name;
use super::shapes::RoleShape;
use super::state::{Entity, Role, all, find, replacement};
use crate::call::Call;
use crate::shape::{Empty, QueryTime};
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_store::stored::Stored;
use trailward_wire::ApiError;

/// Roles in a profile.
const MOST_ROLES: usize = 1;

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    pub name: String,
    /// `AIPA…`.
    pub id: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// Epoch seconds.
    pub created: i64,
    pub tags: Vec<Tag>,
    /// Names; at most one.
    pub roles: Vec<String>,
}

impl InstanceProfile {
    /// Whether the role is in it.
    pub(super) fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|have| same_name(have, role))
    }
}

impl Stored for InstanceProfile {
    const FORMAT: u16 = 1;
}

impl Entity for InstanceProfile {
    const SPACE: &'static str = "iam-instance-profile";
    const WORD: &'static str = "instance-profile";
    const COUNT_QUOTA: &'static str = "InstanceProfilesPerAccount";

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

/// `InstanceProfile`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileShape {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: QueryTime,
    roles: Vec<RoleShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

impl ProfileShape {
    /// As listings have it: without tags.
    pub(super) async fn listed(profile: &InstanceProfile, call: &Call) -> Result<Self, ApiError> {
        let mut roles = Vec::with_capacity(profile.roles.len());
        for name in &profile.roles {
            if let Some(role) = find::<Role>(&call.platform, call.account(), name).await? {
                roles.push(shown(role.value, call).await?);
            }
        }
        Ok(Self::with(profile, &roles, call.account()))
    }

    /// The same with these roles in it.
    pub(super) fn with(profile: &InstanceProfile, roles: &[Role], account: &str) -> Self {
        Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn_in(account),
            create_date: QueryTime::from_epoch(profile.created),
            roles: roles.iter().map(|role| RoleShape::listed(role, account)).collect(),
            tags: Vec::new(),
        }
    }

    /// All of it.
    pub(super) async fn whole(profile: &InstanceProfile, call: &Call) -> Result<Self, ApiError> {
        Ok(Self { tags: profile.tags.clone(), ..Self::listed(profile, call).await? })
    }
}

/// The profiles a role is in.
pub(super) async fn of_role(role: &str, call: &Call) -> Result<Vec<InstanceProfile>, ApiError> {
    let mut profiles = all::<InstanceProfile>(&call.platform, call.account()).await?;
    profiles.retain(|profile| profile.has(role));
    Ok(profiles)
}

/// Refuses to delete a role that is in a profile.
pub(super) async fn check_in_none(role: &str, call: &Call) -> Result<(), ApiError> {
    if of_role(role, call).await?.is_empty() {
        return Ok(());
    }
    Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."))
}

/// Puts a role into a profile.
pub(super) async fn add_role(profile: &str, role: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let mut profile = existing::<InstanceProfile>(profile, call).await?;
        let role = existing::<Role>(role, call).await?;
        if profile.value.roles.len() >= MOST_ROLES {
            return Err(over_quota("InstanceSessionsPerInstanceProfile", MOST_ROLES));
        }
        profile.value.roles.push(role.value.name.clone());
        // The role is pinned: it may not be deleted at the same moment.
        let batch = pin(replacement(call.account(), &profile)?, call.account(), &role)?;
        commit(batch, call).await?;
        Ok(Empty {})
    })
    .await
}

/// Takes a role out of a profile.
pub(super) async fn remove_role(profile: &str, role: &str, call: &Call) -> Result<Empty, ApiError> {
    change::<InstanceProfile>(profile, call, |profile| {
        let before = profile.roles.len();
        profile.roles.retain(|have| !same_name(have, role));
        if profile.roles.len() < before {
            return Ok(());
        }
        Err(no_such(format!("The role with name {} is not in this instance profile.", short(role))))
    })
    .await?;
    Ok(Empty {})
}
