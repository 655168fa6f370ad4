//! What IAM calls touch: ARNs and condition keys.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
//! Management". A name that nobody has is checked as if it stood at the root path.

use super::errors::short;
use super::identified::{Identified, Tagged};
use super::policies::{self, Known};
use super::state::{Entity, find};
use crate::access::Target;
use crate::call::Call;
use trailward_model::{Arn, Tag};
use trailward_wire::ApiError;

/// A user, group or role that is named.
pub(super) async fn of<T: Identified>(name: &str, call: &Call) -> Result<Target, ApiError> {
    let account = call.account();
    let shown = format!("{} {}", T::WORD, short(name));
    let Some(found) = find::<T>(&call.platform, account, name).await? else {
        return Ok(created::<T>(None, name, call).shown_as(shown));
    };
    let target = Target::new(found.value.arn_in(account), account).shown_as(shown);
    Ok(with_properties(target, &found.value))
}

/// Something else that is named and has tags.
pub(super) async fn tagged<T: Tagged>(name: &str, call: &Call) -> Result<Target, ApiError> {
    let account = call.account();
    let shown = format!("{} {}", T::WORD.replace('-', " "), short(name));
    Ok(match find::<T>(&call.platform, account, name).await? {
        None => created::<T>(None, name, call),
        Some(found) => with_tags(Target::new(found.value.arn_in(account), account), found.value.own_tags()),
    }
    .shown_as(shown))
}

/// What a user or group becomes under another path or name.
pub(super) fn moved<T: Identified>(
    entity: &T,
    path: Option<&str>,
    name: Option<&str>,
    call: &Call,
) -> Target {
    let (path, name) = (path.unwrap_or(entity.path()), name.unwrap_or(entity.name()));
    with_properties(created::<T>(Some(path), name, call), entity)
}

fn with_properties<T: Identified>(target: Target, entity: &T) -> Target {
    with_boundary(with_tags(target, entity.tags()), entity.boundary())
}

/// Something that is about to be made.
pub(super) fn created<T: Entity>(path: Option<&str>, name: &str, call: &Call) -> Target {
    let resource = format!("{}{}{}", T::WORD, path.unwrap_or("/"), short(name));
    Target::new(Arn::new("iam", "", call.account(), resource).to_string(), call.account())
}

/// All of a kind below a path.
pub(super) fn listed<T: Entity>(path_prefix: Option<&str>, call: &Call) -> Target {
    let resource = format!("{}{}", T::WORD, path_prefix.unwrap_or("/"));
    Target::new(Arn::new("iam", "", call.account(), resource).to_string(), call.account())
}

/// A managed policy. AWS's own count as the caller's, those of other accounts as theirs.
pub(super) async fn policy(arn: &str, call: &Call) -> Result<Target, ApiError> {
    let shown = format!("policy {}", short(arn));
    let owner = arn.parse::<Arn>().ok().map(|arn| arn.account).filter(|owner| !owner.is_empty());
    let owner = owner.filter(|owner| owner != "aws").unwrap_or_else(|| call.account().to_owned());
    let target = Target::new(short_arn(arn), &owner).shown_as(shown);
    Ok(match policies::find_known(arn, call).await? {
        Some(Known::Own(policy)) => with_tags(target, &policy.value.tags),
        _ => target,
    })
}

/// An ARN is at most 2,048 characters long, which is checked before.
fn short_arn(arn: &str) -> String {
    arn.chars().take(2_048).collect()
}

/// Adds the keys that tell the tags of what is touched.
pub(super) fn with_tags(mut target: Target, tags: &[Tag]) -> Target {
    for tag in tags {
        target = target
            .with_key(&format!("iam:ResourceTag/{}", tag.key), tag.value.clone())
            .with_key(&format!("aws:ResourceTag/{}", tag.key), tag.value.clone());
    }
    target
}

/// Adds the keys that tell the tags in the request.
pub(super) fn with_request_tags(mut target: Target, tags: &[Tag]) -> Target {
    for tag in tags {
        target = target.with_key(&format!("aws:RequestTag/{}", tag.key), tag.value.clone());
    }
    with_tag_keys(target, tags.iter().map(|tag| tag.key.clone()))
}

/// Adds the key that tells which tags the request is about.
pub(super) fn with_tag_keys(mut target: Target, keys: impl IntoIterator<Item = String>) -> Target {
    target.context.set_multi("aws:TagKeys", keys);
    target
}

/// Adds the permissions boundary of the request, which then goes before the one that is there.
pub(super) fn with_boundary(target: Target, arn: Option<&str>) -> Target {
    match arn {
        Some(arn) => target.with_key("iam:PermissionsBoundary", short_arn(arn)),
        None => target,
    }
}

/// Adds the policy that is attached or detached.
pub(super) fn with_policy(target: Target, arn: &str) -> Target {
    target.with_key("iam:PolicyARN", short_arn(arn))
}
