//! What IAM stores: users, groups, roles and managed policies, one catalog value each.
//!
//! Names are unique without regard to case. Inline policies, attachments, tags and memberships live in the value of
//! the identity they belong to, so that every change is one compare-and-set.

use crate::Platform;
use crate::iam::managed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_model::{Arn, Tag};
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Revision, Scan, StoreError};
use trailward_wire::ApiError;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub name: String,
    /// `AIDA…`.
    pub id: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// Epoch seconds.
    pub created: i64,
    pub tags: Vec<Tag>,
    /// Policy documents by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// ARN of a managed policy.
    pub boundary: Option<String>,
    /// Ids of access keys.
    pub keys: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub name: String,
    /// `AGPA…`.
    pub id: String,
    pub path: String,
    pub created: i64,
    pub inline: BTreeMap<String, String>,
    pub attached: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub name: String,
    /// `AROA…`.
    pub id: String,
    pub path: String,
    pub created: i64,
    pub description: Option<String>,
    /// The trust policy.
    pub trust: String,
    /// 3,600 to 43,200.
    pub max_session_seconds: i64,
    pub tags: Vec<Tag>,
    pub inline: BTreeMap<String, String>,
    pub attached: Vec<String>,
    pub boundary: Option<String>,
}

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub name: String,
    /// `ANPA…`.
    pub id: String,
    pub path: String,
    pub created: i64,
    pub updated: i64,
    pub description: Option<String>,
    pub tags: Vec<Tag>,
    /// `v3`.
    pub default_version: String,
    /// At most five, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number the next version gets; never reused.
    pub next_version: u32,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    /// `v3`.
    pub id: String,
    pub document: String,
    pub created: i64,
}

/// A kind of identity or policy with its own space of names.
pub(crate) trait Entity: Stored + Clone + Send + Sync {
    /// The catalog space.
    const SPACE: &'static str;
    /// `user`, `role` … as ARNs and messages say it.
    const WORD: &'static str;
    /// The name of the quota for how many an account may have.
    const COUNT_QUOTA: &'static str;
    /// Its name.
    fn name(&self) -> &str;
    /// Its path.
    fn path(&self) -> &str;

    /// `arn:aws:iam::ACCOUNT:WORD/PATH/NAME`.
    fn arn_in(&self, account: &str) -> String {
        Arn::new("iam", "", account, format!("{}{}{}", Self::WORD, self.path(), self.name())).to_string()
    }
}

macro_rules! entity {
    ($type:ident, $space:literal, $word:literal, $quota:literal) => {
        impl Stored for $type {
            const FORMAT: u16 = 1;
        }
        impl Entity for $type {
            const SPACE: &'static str = $space;
            const WORD: &'static str = $word;
            const COUNT_QUOTA: &'static str = $quota;
            fn name(&self) -> &str {
                &self.name
            }
            fn path(&self) -> &str {
                &self.path
            }
        }
        impl $type {
            /// Its ARN.
            pub(crate) fn arn(&self, account: &str) -> String {
                self.arn_in(account)
            }
        }
    };
}

entity!(User, "iam-user", "user", "UsersPerAccount");
entity!(Group, "iam-group", "group", "GroupsPerAccount");
entity!(Role, "iam-role", "role", "RolesPerAccount");
entity!(ManagedPolicy, "iam-policy", "policy", "PoliciesPerAccount");

impl User {
    /// A user without anything.
    pub(crate) fn new(name: &str, id: String, path: &str, created: i64) -> Self {
        Self {
            name: name.to_owned(),
            id,
            path: path.to_owned(),
            created,
            tags: Vec::new(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            keys: Vec::new(),
        }
    }
}

impl ManagedPolicy {
    /// The document in force.
    pub(crate) fn document(&self) -> &str {
        self.versions.iter().find(|v| v.id == self.default_version).map_or("", |v| &v.document)
    }
}

/// A value with the revision it was read at.
#[derive(Debug, Clone)]
pub(crate) struct Versioned<T> {
    pub value: T,
    pub revision: Revision,
}

/// A store failure, told to the caller without its text.
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(failed)`")]
pub(crate) fn failed(error: StoreError) -> ApiError {
    if error.is_conflict() {
        return ApiError::new(
            "ConcurrentModification",
            409,
            "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again.",
        );
    }
    tracing::error!(%error, source = ?std::error::Error::source(&error), "the store failed");
    ApiError::internal()
}

/// Where an entity is.
pub(crate) fn entity_key<T: Entity>(account: &str, name: &str) -> Vec<u8> {
    Key::new(T::SPACE).str(account).str(&name.to_lowercase()).into_bytes()
}

/// Where a user is.
pub(crate) fn user_key(account: &str, name: &str) -> Vec<u8> {
    entity_key::<User>(account, name)
}

/// An entity by name.
pub(crate) async fn find<T: Entity>(
    platform: &Platform,
    account: &str,
    name: &str,
) -> Result<Option<Versioned<T>>, ApiError> {
    let entry = platform.catalog.get(&entity_key::<T>(account, name)).await.map_err(failed)?;
    entry
        .map(|entry| Ok(Versioned { value: decode(&entry.value).map_err(failed)?, revision: entry.revision }))
        .transpose()
}

/// All entities of a kind in an account, by name. At most 20,000.
pub(crate) async fn all<T: Entity>(platform: &Platform, account: &str) -> Result<Vec<T>, ApiError> {
    Ok(all_versioned(platform, account).await?.into_iter().map(|read| read.value).collect())
}

/// The same, with the revisions they were read at.
pub(crate) async fn all_versioned<T: Entity>(
    platform: &Platform,
    account: &str,
) -> Result<Vec<Versioned<T>>, ApiError> {
    let prefix = Key::new(T::SPACE).str(account).into_bytes();
    let scan = Scan { prefix, after: None, limit: 20_000 };
    let items = platform.catalog.scan(scan).await.map_err(failed)?;
    let read = items
        .iter()
        .map(|item| Ok(Versioned { value: decode(&item.value).map_err(failed)?, revision: item.revision }));
    read.collect()
}

/// A batch that creates `value`; `Conflict` if the name is taken.
pub(crate) fn creation<T: Entity>(account: &str, value: &T) -> Result<Batch, ApiError> {
    let key = entity_key::<T>(account, value.name());
    Ok(Batch::new().absent(key.clone()).put(key, encode(value).map_err(failed)?))
}

/// A batch that replaces what was read.
pub(crate) fn replacement<T: Entity>(account: &str, read: &Versioned<T>) -> Result<Batch, ApiError> {
    let key = entity_key::<T>(account, read.value.name());
    Ok(Batch::new().unchanged(key.clone(), read.revision).put(key, encode(&read.value).map_err(failed)?))
}

/// A batch that removes what was read.
pub(crate) fn removal<T: Entity>(account: &str, read: &Versioned<T>) -> Batch {
    let key = entity_key::<T>(account, read.value.name());
    Batch::new().unchanged(key.clone(), read.revision).delete(key)
}

/// The document of a managed policy, AWS's or the account's own; `None` if there is no such policy.
pub(crate) async fn managed_document(
    platform: &Platform,
    account: &str,
    arn: &str,
) -> Result<Option<String>, ApiError> {
    if let Some(policy) = managed::by_arn(arn) {
        return Ok(Some(policy.document.to_owned()));
    }
    let name = arn.rsplit('/').next().unwrap_or("");
    let found = find::<ManagedPolicy>(platform, account, name).await?;
    Ok(found.filter(|p| p.value.arn(account) == arn).map(|p| p.value.document().to_owned()))
}

/// `AIDA` and the like, followed by 16 letters and digits of base 32: 80 random bits.
pub(crate) fn unique_id(platform: &Platform, prefix: &str) -> Result<String, ApiError> {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut random = [0; 16];
    platform.entropy.fill(&mut random)?;
    let letters = random.iter().filter_map(|b| ALPHABET.get(usize::from(b & 31))).map(|b| char::from(*b));
    Ok(prefix.chars().chain(letters).collect())
}
