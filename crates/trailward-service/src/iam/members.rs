//! Who is in which group. A user's entry lists its groups; a group's entry does not list its members.

use super::change::{change, commit, existing, pin, retried};
use super::errors::over_quota;
use super::state::{Group, User, all, find, replacement};
use crate::call::Call;
use crate::shape::Empty;
use trailward_wire::ApiError;

const MOST_GROUPS: usize = 10;

/// Whether two names mean the same entity.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether `user` is in the group `group`.
pub(super) fn is_member(user: &User, group: &str) -> bool {
    user.groups.iter().any(|have| same_name(have, group))
}

/// The users in a group.
pub(super) async fn of(group: &str, call: &Call) -> Result<Vec<User>, ApiError> {
    let users = all::<User>(&call.platform, call.account()).await?;
    Ok(users.into_iter().filter(|user| is_member(user, group)).collect())
}

/// The groups a user is in.
pub(super) async fn groups_of(user: &User, call: &Call) -> Result<Vec<Group>, ApiError> {
    let mut groups = Vec::with_capacity(user.groups.len());
    for name in &user.groups {
        groups.extend(find::<Group>(&call.platform, call.account(), name).await?.map(|read| read.value));
    }
    Ok(groups)
}

/// Adds a user to a group. Adding it again changes nothing.
pub(super) async fn add(group: &str, user: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let group = existing::<Group>(group, call).await?;
        let mut user = existing::<User>(user, call).await?;
        if is_member(&user.value, &group.value.name) {
            return Ok(Empty {});
        }
        if user.value.groups.len() >= MOST_GROUPS {
            return Err(over_quota("GroupsPerUser", MOST_GROUPS));
        }
        user.value.groups.push(group.value.name.clone());
        // The group is pinned: it may not be deleted or renamed at the same moment.
        let batch = pin(replacement(call.account(), &user)?, call.account(), &group)?;
        commit(batch, call).await?;
        Ok(Empty {})
    })
    .await
}

/// Removes a user from a group. A user that is not in it is no error.
pub(super) async fn remove(group: &str, user: &str, call: &Call) -> Result<Empty, ApiError> {
    existing::<Group>(group, call).await?;
    change::<User>(user, call, |user| {
        user.groups.retain(|have| !same_name(have, group));
        Ok(())
    })
    .await?;
    Ok(Empty {})
}
