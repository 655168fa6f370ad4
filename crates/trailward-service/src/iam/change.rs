//! Reading what must be there, and changing it in one step.

use super::errors::{already_exists, delete_conflict, no_such_entity, over_quota};
use super::identified::Identified;
use super::state::{Entity, Versioned, creation, entity_key, failed, find, replacement};
use crate::call::Call;
use std::future::Future;
use trailward_store::keys::Key;
use trailward_store::stored::encode;
use trailward_store::{Batch, Scan};
use trailward_wire::ApiError;

/// How often a change is decided anew after it lost against another one.
const ATTEMPTS: usize = 8;

/// Entities of one kind in an account. AWS's quotas as far as they can be raised.
const MOST_ENTITIES: usize = 5_000;

/// An entity that must be there.
pub(super) async fn existing<T: Entity>(name: &str, call: &Call) -> Result<Versioned<T>, ApiError> {
    find::<T>(&call.platform, call.account(), name).await?.ok_or_else(|| no_such_entity::<T>(name))
}

/// Commits, or says why not.
pub(super) async fn commit(batch: Batch, call: &Call) -> Result<(), ApiError> {
    call.platform.catalog.commit(batch).await.map(drop).map_err(failed)
}

/// Runs `attempt` until it does not lose against a concurrent change.
pub(super) async fn retried<R, F, Fut>(attempt: F) -> Result<R, ApiError>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<R, ApiError>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.code == "ConcurrentModification" => {}
            outcome => return outcome,
        }
    }
    attempt().await
}

/// Changes the entity `name`; `edit` sees it as it is now, maybe more than once.
pub(super) async fn change<T: Entity>(
    name: &str,
    call: &Call,
    edit: impl Fn(&mut T) -> Result<(), ApiError> + Send + Sync,
) -> Result<T, ApiError> {
    let edit = &edit;
    retried(|| async move {
        let mut read = existing::<T>(name, call).await?;
        edit(&mut read.value)?;
        commit(replacement(call.account(), &read)?, call).await?;
        Ok(read.value)
    })
    .await
}

/// Creates `value`, together with what else is in `batch`.
pub(super) async fn create<T: Entity>(value: &T, batch: Batch, call: &Call) -> Result<(), ApiError> {
    let account = call.account();
    if find::<T>(&call.platform, account, value.name()).await?.is_some() {
        return Err(already_exists::<T>(value.name()));
    }
    let prefix = Key::new(T::SPACE).str(account).into_bytes();
    let scan = Scan { prefix, after: None, limit: MOST_ENTITIES };
    if call.platform.catalog.scan(scan).await.map_err(failed)?.len() >= MOST_ENTITIES {
        return Err(over_quota(T::COUNT_QUOTA, MOST_ENTITIES));
    }
    let mut whole = creation(account, value)?;
    whole.conditions.extend(batch.conditions);
    whole.writes.extend(batch.writes);
    commit(whole, call).await
}

/// Makes `batch` fail if what was read changes or disappears, and whoever else pins or deletes it at the same time
/// decide anew. This is how what refers to something and the deletion of it exclude each other.
pub(super) fn pin<T: Entity>(batch: Batch, account: &str, read: &Versioned<T>) -> Result<Batch, ApiError> {
    let key = entity_key::<T>(account, read.value.name());
    Ok(batch.unchanged(key.clone(), read.revision).put(key, encode(&read.value).map_err(failed)?))
}

/// The batch that gives an entity another name, which may differ in case only. `set` writes the name.
pub(super) async fn renamed<T: Entity>(
    read: &mut Versioned<T>,
    name: &str,
    call: &Call,
    set: impl FnOnce(&mut T, String) + Send,
) -> Result<Batch, ApiError> {
    let account = call.account();
    let from = entity_key::<T>(account, read.value.name());
    let to = entity_key::<T>(account, name);
    set(&mut read.value, name.to_owned());
    let value = encode(&read.value).map_err(failed)?;
    let batch = Batch::new().unchanged(from.clone(), read.revision);
    if from == to {
        return Ok(batch.put(from, value));
    }
    if find::<T>(&call.platform, account, name).await?.is_some() {
        return Err(already_exists::<T>(name));
    }
    Ok(batch.delete(from).absent(to.clone()).put(to, value))
}

/// Refuses to delete what still has policies.
pub(super) fn check_no_policies<T: Identified>(entity: &T) -> Result<(), ApiError> {
    if !entity.attached().is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !entity.inline().is_empty() {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    Ok(())
}
