//! Inline policies of users, groups and roles.

use super::change::{change, existing};
use super::documents::{check_inline, encoded};
use super::errors::{no_such, short};
use super::identified::Identified;
use super::page::{Asked, Rest, page};
use crate::call::Call;
use crate::shape::Empty;
use serde::Serialize;
use trailward_wire::ApiError;

fn no_such_inline<T: Identified>(name: &str) -> ApiError {
    no_such(format!("The {} policy with name {} cannot be found.", T::WORD, short(name)))
}

/// Adds or replaces a policy.
pub(super) async fn put<T: Identified>(
    name: &str,
    policy: &str,
    document: &str,
    call: &Call,
) -> Result<Empty, ApiError> {
    change::<T>(name, call, |entity| {
        entity.check_modifiable()?;
        check_inline(entity, policy, document)?;
        entity.inline_mut().insert(policy.to_owned(), document.to_owned());
        Ok(())
    })
    .await?;
    Ok(Empty {})
}

/// A policy's document, encoded.
pub(super) async fn get<T: Identified>(name: &str, policy: &str, call: &Call) -> Result<String, ApiError> {
    let entity = existing::<T>(name, call).await?.value;
    entity.inline().get(policy).map(|document| encoded(document)).ok_or_else(|| no_such_inline::<T>(policy))
}

/// Removes a policy.
pub(super) async fn delete<T: Identified>(name: &str, policy: &str, call: &Call) -> Result<Empty, ApiError> {
    change::<T>(name, call, |entity| {
        entity.check_modifiable()?;
        entity.inline_mut().remove(policy).map(drop).ok_or_else(|| no_such_inline::<T>(policy))
    })
    .await?;
    Ok(Empty {})
}

/// The answer of `List…Policies`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    policy_names: Vec<String>,
    #[serde(flatten)]
    rest: Rest,
}

/// The names of the policies.
pub(super) async fn list<T: Identified>(
    name: &str,
    asked: Asked<'_>,
    call: &Call,
) -> Result<Listed, ApiError> {
    let entity = existing::<T>(name, call).await?.value;
    let names = entity.inline().keys().cloned().collect();
    let (policy_names, rest) = page(names, String::clone, asked)?;
    Ok(Listed { policy_names, rest })
}
