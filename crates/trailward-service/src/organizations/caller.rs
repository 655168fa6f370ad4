//! The caller's organization, and what the caller's account may do in it.

use super::errors::{not_in_use, not_permitted, refused, unstored, unsuccessful};
use crate::call::Call;
use std::sync::Arc;
use trailward_organization::{Cause, Refusal, Tree};
use trailward_store::Batch;
use trailward_wire::ApiError;

/// How often a change is decided anew after it lost against another one.
const ATTEMPTS: usize = 8;

/// The caller's organization. Every account of it may see the organization itself.
pub(super) async fn member(call: &Call) -> Result<Arc<Tree>, ApiError> {
    let tree = call.platform.organizations.current(call.account()).await.map_err(unstored)?;
    tree.ok_or_else(not_in_use)
}

/// The caller's organization, for those who may read all of it: the management account and delegated administrators.
pub(super) async fn reader(call: &Call) -> Result<Arc<Tree>, ApiError> {
    let tree = member(call).await?;
    let account = call.account();
    if tree.is_management(account) || tree.is_delegated(account, None) {
        Ok(tree)
    } else {
        Err(not_permitted())
    }
}

/// The caller's organization as it is now, for the management account, which alone may change it.
pub(super) async fn manager(call: &Call) -> Result<Tree, ApiError> {
    let tree = call.platform.organizations.tree_of(call.account()).await.map_err(unstored)?;
    let tree = tree.ok_or_else(not_in_use)?;
    if tree.is_management(call.account()) { Ok(tree) } else { Err(not_permitted()) }
}

/// The call as what causes a change.
pub(super) fn cause(call: &Call) -> Cause<'_> {
    Cause { request: &call.request_id, at: call.now.unix_timestamp() }
}

/// Changes the caller's organization, by the management account; `edit` sees it as it is now, maybe more than once.
pub(super) async fn change<R>(
    call: &Call,
    edit: impl Fn(&mut Tree) -> Result<R, Refusal> + Send + Sync,
) -> Result<R, ApiError> {
    let mut lost = not_in_use();
    for _ in 0..ATTEMPTS {
        let before = manager(call).await?;
        match commit(call, &before, &edit).await {
            Err(error) if error.code == "ConcurrentModificationException" => lost = error,
            outcome => return outcome,
        }
    }
    Err(lost)
}

/// One attempt at a change of the organization read as `before`.
pub(super) async fn commit<R>(
    call: &Call,
    before: &Tree,
    edit: &(impl Fn(&mut Tree) -> Result<R, Refusal> + Send + Sync),
) -> Result<R, ApiError> {
    let mut after = before.clone();
    let answer = edit(&mut after).map_err(refused)?;
    call.platform
        .organizations
        .commit(before, &after, Batch::new(), cause(call))
        .await
        .map_err(unsuccessful)?;
    Ok(answer)
}
