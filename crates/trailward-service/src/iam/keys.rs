//! Access keys and whose they are.

use super::change::{commit, existing, retried};
use super::errors::{no_such_key, over_quota, validation};
use super::last_used;
use super::state::{User, Versioned, failed, replacement};
use super::target;
use crate::access::Target;
use crate::call::Call;
use crate::identity::{KeyOwner, StoredKey, key_bytes, new_key};
use trailward_model::Arn;
use trailward_policy::Principal;
use trailward_store::keys::Key;
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, Scan};
use trailward_wire::ApiError;
use trailward_wire::sigv4::SigningSecret;

const MOST: usize = 2;

/// Keys of all accounts that a search for root's looks through at most.
const MOST_SEARCHED: usize = 100_000;

/// Whose keys a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    Root,
    User(String),
}

impl Holder {
    /// The user that is named, or the caller.
    pub(super) fn of(user_name: Option<&str>, call: &Call) -> Result<Self, ApiError> {
        match (user_name, &call.identity.caller.principal) {
            (Some(name), _) => Ok(Self::User(name.to_owned())),
            (None, Principal::Root { .. }) => Ok(Self::Root),
            (None, Principal::User { .. }) => {
                Ok(Self::User(call.identity.recorded.user_name.clone().unwrap_or_default()))
            }
            (None, _) => Err(validation("Must specify userName when calling with non-User credentials")),
        }
    }

    /// What the call touches.
    pub(super) async fn target(&self, call: &Call) -> Result<Target, ApiError> {
        match self {
            Self::User(name) => target::of::<User>(name, call).await,
            Self::Root => Ok(Target::new(root_arn(call.account()), call.account())),
        }
    }

    /// `UserName` of answers.
    pub(super) fn user_name(&self) -> Option<String> {
        match self {
            Self::Root => None,
            Self::User(name) => Some(name.clone()),
        }
    }
}

/// `arn:aws:iam::ACCOUNT:root`.
pub(super) fn root_arn(account: &str) -> String {
    Arn::new("iam", "", account, "root").to_string()
}

/// `Status` of answers.
pub(super) fn status(key: &StoredKey) -> &'static str {
    if key.active { "Active" } else { "Inactive" }
}

/// One key of the caller's account, whoever has it.
pub(super) async fn find(id: &str, call: &Call) -> Result<Versioned<StoredKey>, ApiError> {
    let entry = call.platform.catalog.get(&key_bytes(id)).await.map_err(failed)?;
    let entry = entry.ok_or_else(|| no_such_key(id))?;
    let value: StoredKey = decode(&entry.value).map_err(failed)?;
    if value.account == call.account() {
        Ok(Versioned { value, revision: entry.revision })
    } else {
        Err(no_such_key(id))
    }
}

/// One key of `holder`.
pub(super) async fn find_of(
    holder: &Holder,
    id: &str,
    call: &Call,
) -> Result<Versioned<StoredKey>, ApiError> {
    if let Holder::User(name) = holder {
        let user = existing::<User>(name, call).await?;
        if !user.value.keys.iter().any(|key| key == id) {
            return Err(no_such_key(id));
        }
    }
    let key = find(id, call).await?;
    match (holder, &key.value.owner) {
        (Holder::Root, KeyOwner::Root) | (Holder::User(_), KeyOwner::User(_)) => Ok(key),
        _ => Err(no_such_key(id)),
    }
}

/// All keys of `holder`.
pub(super) async fn all_of(holder: &Holder, call: &Call) -> Result<Vec<StoredKey>, ApiError> {
    match holder {
        Holder::User(name) => {
            let user = existing::<User>(name, call).await?;
            let mut keys = Vec::with_capacity(user.value.keys.len());
            for id in &user.value.keys {
                keys.push(find(id, call).await?.value);
            }
            Ok(keys)
        }
        Holder::Root => {
            let prefix = Key::new("access-key").into_bytes();
            let scan = Scan { prefix, after: None, limit: MOST_SEARCHED };
            let items = call.platform.catalog.scan(scan).await.map_err(failed)?;
            let keys = items.iter().map(|item| decode::<StoredKey>(&item.value).map_err(failed));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            let of_root = |key: &StoredKey| key.account == call.account() && key.owner == KeyOwner::Root;
            Ok(keys.into_iter().filter(of_root).collect())
        }
    }
}

/// Makes a key. Its secret is given to the caller and kept sealed.
pub(super) async fn create(holder: &Holder, call: &Call) -> Result<(StoredKey, SigningSecret), ApiError> {
    retried(|| async move {
        let account = call.account();
        let (owner, batch) = match holder {
            Holder::User(name) => {
                let read = existing::<User>(name, call).await?;
                (KeyOwner::User(read.value.name.clone()), Some(read))
            }
            Holder::Root => (KeyOwner::Root, None),
        };
        let (key, secret) = new_key(&call.platform, account, owner)?;
        let batch = match batch {
            Some(mut read) => {
                check_quota(read.value.keys.len())?;
                read.value.keys.push(key.id.clone());
                replacement(account, &read)?
            }
            None => one_root_key_at_a_time(call).await?,
        };
        let at = key_bytes(&key.id);
        let batch = batch.absent(at.clone()).put(at, encode(&key).map_err(failed)?);
        commit(batch, call).await?;
        Ok((key, secret))
    })
    .await
}

fn check_quota(there: usize) -> Result<(), ApiError> {
    if there >= MOST { Err(over_quota("AccessKeysPerUser", MOST)) } else { Ok(()) }
}

/// Root has no entry that lists its keys; this one exists only so that two calls cannot both make its second key.
async fn one_root_key_at_a_time(call: &Call) -> Result<Batch, ApiError> {
    let at = Key::new("root-key-change").str(call.account()).into_bytes();
    let there = call.platform.catalog.get(&at).await.map_err(failed)?;
    check_quota(all_of(&Holder::Root, call).await?.len())?;
    let batch = match there {
        Some(entry) => Batch::new().unchanged(at.clone(), entry.revision),
        None => Batch::new().absent(at.clone()),
    };
    Ok(batch.put(at, call.request_id.clone().into_bytes()))
}

/// Turns a key on or off.
pub(super) async fn set_active(holder: &Holder, id: &str, active: bool, call: &Call) -> Result<(), ApiError> {
    retried(|| async move {
        let mut read = find_of(holder, id, call).await?;
        read.value.active = active;
        let at = key_bytes(id);
        let batch = Batch::new().unchanged(at.clone(), read.revision);
        commit(batch.put(at, encode(&read.value).map_err(failed)?), call).await
    })
    .await
}

/// Removes a key.
pub(super) async fn delete(holder: &Holder, id: &str, call: &Call) -> Result<(), ApiError> {
    retried(|| async move {
        let read = find_of(holder, id, call).await?;
        let batch = match holder {
            Holder::User(name) => {
                let mut user = existing::<User>(name, call).await?;
                user.value.keys.retain(|key| key != id);
                replacement(call.account(), &user)?
            }
            Holder::Root => Batch::new(),
        };
        let at = key_bytes(id);
        let batch = batch.unchanged(at.clone(), read.revision).delete(at).delete(last_used::at(id));
        commit(batch, call).await
    })
    .await?;
    call.platform.last_used.forget(id);
    Ok(())
}
