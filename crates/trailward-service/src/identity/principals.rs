//! Principals in stored documents are bound to who they are, not to what they are called.
//!
//! When a bucket, key, topic or trust policy is put, the ARNs of users, roles and role sessions in it become their unique
//! ids; where it is shown, those of living principals are their ARNs again. Somebody who is deleted and made again under
//! the same name gets nothing that was given to the former one (IAM User Guide, "AWS JSON policy elements: Principal").
//! Accounts stay as they are, and so do federated users, who are nobody that IAM knows.

use crate::Platform;
use crate::iam::state::{self, Entity, Role, User, failed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use trailward_model::Arn;
use trailward_policy::{aws_principals, rename_aws_principals};
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, StoreError};
use trailward_wire::ApiError;

/// Why a document cannot be bound.
#[derive(Debug)]
pub(crate) enum Unbound {
    /// There is no such user or role.
    Unknown(String),
    /// The store failed.
    Failed(ApiError),
}

impl Unbound {
    /// As the API says it.
    pub(crate) fn told(self, refuse: impl FnOnce(&str) -> ApiError) -> ApiError {
        match self {
            Self::Unknown(name) => refuse(&name.chars().take(256).collect::<String>()),
            Self::Failed(error) => error,
        }
    }
}

impl From<ApiError> for Unbound {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Unbound {
    fn from(error: StoreError) -> Self {
        Self::Failed(failed(error))
    }
}

/// Whose a unique id is. Written when a document first names the principal, and when the principal is renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Named {
    account: String,
    name: String,
    role: bool,
}

impl Stored for Named {
    const FORMAT: u16 = 1;
}

fn named_at(id: &str) -> Vec<u8> {
    Key::new("iam-unique-id").str(id).into_bytes()
}

/// Notes in `batch` that the user `id` is called `name` from now on.
pub(crate) fn note_user(batch: Batch, id: &str, account: &str, name: &str) -> Result<Batch, StoreError> {
    let named = Named { account: account.to_owned(), name: name.to_owned(), role: false };
    Ok(batch.put(named_at(id), encode(&named)?))
}

/// The document as it is stored: with unique ids. A text that is no policy comes back as it is, for others to refuse.
pub(crate) async fn bind(platform: &Platform, document: &str) -> Result<String, Unbound> {
    let mut ids = BTreeMap::new();
    for name in aws_principals(document).into_iter().collect::<BTreeSet<_>>() {
        if let Some(id) = bind_one(platform, &name).await? {
            ids.insert(name, id);
        }
    }
    Ok(rename_aws_principals(document, |name| ids.get(name).cloned()))
}

/// The same with the refusal that the API has for unknown principals.
pub(crate) async fn bound(
    platform: &Platform,
    document: &str,
    refuse: impl FnOnce(&str) -> ApiError,
) -> Result<String, ApiError> {
    bind(platform, document).await.map_err(|why| why.told(refuse))
}

/// The document as it is shown: with the ARNs of those who live.
pub(crate) async fn show(platform: &Platform, document: &str) -> Result<String, ApiError> {
    let mut arns = BTreeMap::new();
    for name in aws_principals(document).into_iter().collect::<BTreeSet<_>>() {
        if let Some(arn) = arn_of(platform, &name).await? {
            arns.insert(name, arn);
        }
    }
    Ok(rename_aws_principals(document, |name| arns.get(name).cloned()))
}

/// One principal as it is stored; `None` where it stays as it is.
pub(crate) async fn bind_one(platform: &Platform, principal: &str) -> Result<Option<String>, Unbound> {
    let unknown = || Unbound::Unknown(principal.to_owned());
    if is_id(principal) {
        // An id is no name to give away: it is only taken from who shows it back.
        return match arn_of(platform, principal).await? {
            Some(_) => Ok(None),
            None => Err(unknown()),
        };
    }
    let Ok(arn) = principal.parse::<Arn>() else { return Ok(None) };
    let (kind, path) = arn.resource.split_once('/').unwrap_or((&arn.resource, ""));
    let last = path.rsplit('/').next().unwrap_or_default();
    let (id, named) = match (&*arn.service, kind) {
        ("iam", "user") => {
            let id = living::<User>(platform, &arn.account, last, Some(principal)).await?;
            (id.ok_or_else(unknown)?, Named { account: arn.account, name: last.to_owned(), role: false })
        }
        ("iam", "role") => {
            let id = living::<Role>(platform, &arn.account, last, Some(principal)).await?;
            (id.ok_or_else(unknown)?, Named { account: arn.account, name: last.to_owned(), role: true })
        }
        ("sts", "assumed-role") => {
            let (role, session) = path.split_once('/').ok_or_else(unknown)?;
            let id = living::<Role>(platform, &arn.account, role, None).await?.ok_or_else(unknown)?;
            let named = Named { account: arn.account.clone(), name: role.to_owned(), role: true };
            note(platform, &id, &named).await?;
            return Ok(Some(format!("{id}:{session}")));
        }
        _ => return Ok(None),
    };
    note(platform, &id, &named).await?;
    Ok(Some(id))
}

/// Whether a principal is given by a unique id, alone or with a session.
fn is_id(principal: &str) -> bool {
    ["AIDA", "AROA"].iter().any(|prefix| principal.starts_with(prefix))
}

async fn note(platform: &Platform, id: &str, named: &Named) -> Result<(), StoreError> {
    if let Some(entry) = platform.catalog.get(&named_at(id)).await?
        && decode::<Named>(&entry.value)? == *named
    {
        return Ok(());
    }
    platform.catalog.commit(Batch::new().put(named_at(id), encode(named)?)).await.map(drop)
}

/// The unique id of a user or role that is there; with `arn` only if that is its ARN, path and all.
async fn living<T: Entity + Identified>(
    platform: &Platform,
    account: &str,
    name: &str,
    arn: Option<&str>,
) -> Result<Option<String>, ApiError> {
    let found = state::find::<T>(platform, account, name).await?.map(|read| read.value);
    let found = found.filter(|entity| arn.is_none_or(|arn| entity.arn_in(account) == arn));
    Ok(found.map(|entity| entity.unique_id().to_owned()))
}

/// The ARN of what a stored principal stands for, while it lives; `None` for names that are no ids.
pub(crate) async fn arn_of(platform: &Platform, principal: &str) -> Result<Option<String>, ApiError> {
    if !is_id(principal) {
        return Ok(None);
    }
    let (id, session) = match principal.split_once(':') {
        Some((id, session)) => (id, Some(session)),
        None => (principal, None),
    };
    let Some(entry) = platform.catalog.get(&named_at(id)).await.map_err(failed)? else { return Ok(None) };
    let Named { account, name, role } = decode(&entry.value).map_err(failed)?;
    let arn = if role {
        let found = state::find::<Role>(platform, &account, &name).await?.map(|read| read.value);
        found.filter(|role| role.id == id).map(|role| match session {
            Some(session) => {
                Arn::new("sts", "", &account, format!("assumed-role/{}/{session}", role.name)).to_string()
            }
            None => role.arn(&account),
        })
    } else {
        let found = state::find::<User>(platform, &account, &name).await?.map(|read| read.value);
        found.filter(|user| user.id == id).map(|user| user.arn(&account))
    };
    Ok(arn)
}

/// What has a unique id that policies can name.
trait Identified {
    fn unique_id(&self) -> &str;
}

impl Identified for User {
    fn unique_id(&self) -> &str {
        &self.id
    }
}

impl Identified for Role {
    fn unique_id(&self) -> &str {
        &self.id
    }
}
