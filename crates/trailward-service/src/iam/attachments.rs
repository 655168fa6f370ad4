//! Managed policies on users, groups and roles.

use super::change::{change, commit, existing, retried};
use super::errors::{capital, no_such_policy, over_quota};
use super::identified::{Bounded, Identified};
use super::page::{Asked, Rest, page};
use super::policies;
use super::state::replacement;
use crate::call::Call;
use crate::shape::Empty;
use serde::Serialize;
use trailward_wire::ApiError;

const MOST: usize = 10;

/// Attaches a policy. Attaching it again changes nothing.
pub(super) async fn attach<T: Identified>(name: &str, arn: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let mut read = existing::<T>(name, call).await?;
        read.value.check_modifiable()?;
        let policy = policies::attachable(arn, call).await?;
        if policy.is_of_service() {
            return Err(ApiError::bad_request(
                "PolicyNotAttachable",
                format!("Cannot attach a Service Role Policy to a Customer {}.", capital(T::WORD)),
            ));
        }
        let attached = read.value.attached_mut();
        if attached.iter().any(|have| have == arn) {
            return Ok(Empty {});
        }
        if attached.len() >= MOST {
            return Err(over_quota(T::ATTACHED_QUOTA, MOST));
        }
        attached.push(arn.to_owned());
        let batch = policy.pinned(replacement(call.account(), &read)?, call.account())?;
        commit(batch, call).await?;
        Ok(Empty {})
    })
    .await
}

/// Detaches a policy that is attached.
pub(super) async fn detach<T: Identified>(name: &str, arn: &str, call: &Call) -> Result<Empty, ApiError> {
    change::<T>(name, call, |entity| {
        entity.check_modifiable()?;
        let attached = entity.attached_mut();
        let before = attached.len();
        attached.retain(|have| have != arn);
        if attached.len() == before { Err(no_such_policy(arn)) } else { Ok(()) }
    })
    .await?;
    Ok(Empty {})
}

/// An attached policy as answers show it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

/// Attached policies as answers show them.
pub(super) fn shown(arns: &[String]) -> Vec<AttachedPolicy> {
    let one = |arn: &String| AttachedPolicy {
        policy_name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
        policy_arn: arn.clone(),
    };
    arns.iter().map(one).collect()
}

/// The answer of `ListAttached…Policies`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    attached_policies: Vec<AttachedPolicy>,
    #[serde(flatten)]
    rest: Rest,
}

/// The attached policies whose path begins with `path_prefix`.
pub(super) async fn list<T: Identified>(
    name: &str,
    path_prefix: Option<&str>,
    asked: Asked<'_>,
    call: &Call,
) -> Result<Listed, ApiError> {
    let entity = existing::<T>(name, call).await?.value;
    let mut all = shown(entity.attached());
    all.retain(|policy| {
        let path = policy.policy_arn.split_once(":policy").map_or("", |(_, path)| path);
        path.starts_with(path_prefix.unwrap_or("/"))
    });
    let (attached_policies, rest) = page(all, |policy| policy.policy_arn.clone(), asked)?;
    Ok(Listed { attached_policies, rest })
}

/// Sets the permissions boundary.
pub(super) async fn put_boundary<T: Bounded>(name: &str, arn: &str, call: &Call) -> Result<Empty, ApiError> {
    retried(|| async move {
        let mut read = existing::<T>(name, call).await?;
        read.value.check_modifiable()?;
        let policy = policies::attachable(arn, call).await?;
        *read.value.boundary_mut() = Some(arn.to_owned());
        let batch = policy.pinned(replacement(call.account(), &read)?, call.account())?;
        commit(batch, call).await?;
        Ok(Empty {})
    })
    .await
}

/// Takes the permissions boundary away.
pub(super) async fn delete_boundary<T: Bounded>(name: &str, call: &Call) -> Result<Empty, ApiError> {
    change::<T>(name, call, |entity| {
        entity.check_modifiable()?;
        entity.boundary_mut().take().map(drop).ok_or_else(|| {
            super::errors::no_such(format!(
                "{} {} has no permissions boundary.",
                T::WORD,
                super::errors::short(name)
            ))
        })
    })
    .await?;
    Ok(Empty {})
}
