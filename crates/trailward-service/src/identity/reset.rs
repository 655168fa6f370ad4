//! A new root key by whoever holds the data directory: the way back when the last one is lost or deleted.

use super::account::{Accounts, KeySeed, ensure_key};
use crate::Platform;
use crate::audit::{ServiceEvent, append_event};
use serde_json::json;
use trailward_store::{StoreError, StoreErrorKind};

/// Makes the root key `key` (of no user) for `account`, which must exist, and records it first: a service event
/// `RootAccessKeyReset` of `iam.amazonaws.com` in the account's trails. Other root keys stay.
pub async fn reset_root_key(platform: &Platform, account: &str, key: &KeySeed) -> Result<(), StoreError> {
    if Accounts::get(platform, account).await?.is_none() {
        return Err(StoreError::new(StoreErrorKind::NotFound, format!("there is no account {account}")));
    }
    if key.user.is_some() {
        return Err(StoreError::new(StoreErrorKind::Invalid, "a root key is no user's"));
    }
    let event = ServiceEvent {
        service: "iam.amazonaws.com",
        name: "RootAccessKeyReset",
        account,
        details: json!({ "accessKeyId": key.access_key_id, "invokedBy": "operator of the data directory" }),
    };
    append_event(platform, event)
        .await
        .map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error.to_string()))?;
    ensure_key(platform, account, key, platform.now().unix_timestamp()).await
}
