//! Tags of users, roles and managed policies.

use super::errors::over_quota;
use super::identified::Tagged;
use super::page::{Asked, Rest, page};
use serde::Serialize;
use trailward_model::Tag;
use trailward_wire::ApiError;

const MOST: usize = 50;

/// Adds tags; a key that is there, in whatever case, gets the new value. Keys compare without regard to case.
pub(super) fn add<T: Tagged>(entity: &mut T, added: &[Tag]) -> Result<(), ApiError> {
    let tags = entity.tags_mut();
    for tag in added {
        match tags.iter_mut().find(|have| same(&have.key, &tag.key)) {
            Some(have) => have.clone_from(tag),
            None => tags.push(tag.clone()),
        }
    }
    if tags.len() > MOST { Err(over_quota(T::TAGS_QUOTA, MOST)) } else { Ok(()) }
}

/// Removes tags; keys that are not there are no error.
pub(super) fn remove<T: Tagged>(entity: &mut T, keys: &[String]) {
    entity.tags_mut().retain(|tag| !keys.iter().any(|key| same(key, &tag.key)));
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The answer of `List…Tags`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    tags: Vec<Tag>,
    #[serde(flatten)]
    rest: Rest,
}

/// The tags of something, a page of them.
pub(super) fn list(tags: Vec<Tag>, asked: Asked<'_>) -> Result<Listed, ApiError> {
    let (tags, rest) = page(tags, |tag| tag.key.clone(), asked)?;
    Ok(Listed { tags, rest })
}
