//! What was read of a trail and of everything that bears on it: plain values, serialisable, with a place for what could
//! not be read. Judging needs nothing else, so a snapshot judges the same on another machine and another day.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fact<T> {
    /// The answer.
    Known(T),
    /// There was none, and so nothing follows from it in either direction.
    Unread(Unread),
}

/// Why something is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// The permission that is missing, or the call that failed.
    pub action: String,
    /// What the service said.
    pub problem: String,
}

impl<T> Fact<T> {
    /// The answer, if there was one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unread(_) => None,
        }
    }

    /// Why there is none.
    pub fn unread(&self) -> Option<&Unread> {
        match self {
            Self::Known(_) => None,
            Self::Unread(why) => Some(why),
        }
    }
}

/// A trail and what bears on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The trail.
    pub trail: Trail,
    /// The bucket it delivers to.
    pub bucket: Bucket,
    /// The KMS key its files are encrypted under.
    pub key: Option<Key>,
    /// The log group it writes to.
    pub log_group: Option<LogGroup>,
    /// The topic it notifies.
    pub topic: Option<Topic>,
    /// The accounts whose identities were asked for, by number.
    pub accounts: BTreeMap<String, Account>,
    /// The organization; `None` inside if there is none.
    pub organization: Fact<Option<Organization>>,
}

/// The trail's settings that ways to harm it depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// Its ARN; names partition, home Region, account and name.
    pub arn: String,
    /// Key prefix in the bucket, without slashes at its ends.
    pub prefix: Option<String>,
    /// Whether it records the whole organization.
    pub organization: bool,
    /// The role CloudTrail writes to the log group with.
    pub log_role: Option<String>,
    /// Whether Insights are switched on; `None` if that is not known.
    pub insights: Option<bool>,
}

/// The bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Whose it is: twelve digits.
    pub owner: Fact<String>,
    /// Where it lies.
    pub region: Fact<String>,
    /// Its policy's JSON; `None` inside for none.
    pub policy: Fact<Option<String>>,
    /// What its ACL gives to others than the owner.
    pub grants: Fact<Vec<AclGrant>>,
    /// Whether ACLs count at all (`BucketOwnerEnforced` switches them off).
    pub acls_count: Fact<bool>,
    /// Versioning.
    pub versioning: Fact<Versioning>,
    /// Object Lock; `None` inside for a bucket without.
    pub lock: Fact<Option<Lock>>,
    /// Block Public Access, of the bucket and of its account together.
    pub public_access: Fact<PublicAccess>,
}

/// One grant of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AclGrant {
    /// A canonical user id, or `AllUsers`, `AuthenticatedUsers`, `LogDelivery`.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP`, `FULL_CONTROL`.
    pub permission: String,
}

/// A bucket's versioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioning {
    /// `Enabled`; suspended or never enabled otherwise.
    pub enabled: bool,
    /// Whether deleting a version takes a code of root's device.
    pub mfa_delete: bool,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lock {
    /// What new versions are locked with, unless a request says otherwise.
    pub default: Option<Retention>,
}

/// Default retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// Compliance; governance otherwise.
    pub compliance: bool,
    /// For how long, such as `365 days`.
    pub period: String,
}

/// What Block Public Access keeps out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicAccess {
    /// Grants of public ACLs count for nothing.
    pub ignore_public_acls: bool,
    /// A public policy lets only the owner's account and services in.
    pub restrict_public_buckets: bool,
}

/// The key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// Its policy's JSON.
    pub policy: Fact<String>,
    /// Its grants.
    pub grants: Fact<Vec<KeyGrant>>,
    /// Whether its material was imported, and so can be deleted at once; `None` if that is not known.
    pub imported: Option<bool>,
}

/// A grant of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyGrant {
    /// Its id.
    pub id: String,
    /// Who may: an ARN, or a service.
    pub grantee: String,
    /// What: `Decrypt`, `CreateGrant` …
    pub operations: Vec<String>,
}

/// The log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// Its ARN, without `:*`.
    pub arn: String,
    /// The alarms on its metric filters, as ARNs.
    pub alarms: Fact<Vec<String>>,
}

/// The topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// Its policy's JSON.
    pub policy: Fact<Option<String>>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its users, groups, roles and policies.
    pub identities: Fact<Identities>,
    /// Service control policies from the organization's root down to the account; each level by itself. Empty where none
    /// bind: no organization, or the management account.
    pub service_controls: Fact<Vec<Vec<Attached>>>,
    /// Resource control policies, likewise.
    pub resource_controls: Fact<Vec<Vec<Attached>>>,
}

/// A policy with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attached {
    /// Its name, or its ARN.
    pub name: String,
    /// Its JSON.
    pub document: String,
}

/// Everybody in an account, root aside.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identities {
    /// Users.
    pub users: Vec<Identity>,
    /// Groups; they are nobody themselves.
    pub groups: Vec<Identity>,
    /// Roles.
    pub roles: Vec<Identity>,
    /// The default version of every managed policy that is attached or a boundary, by ARN.
    pub policies: BTreeMap<String, String>,
    /// The other versions of the account's own of these, by ARN and id: whoever may set the default chooses among them.
    #[serde(default)]
    pub versions: BTreeMap<String, BTreeMap<String, String>>,
    /// Why other versions of some are not known.
    #[serde(default = "unlisted")]
    pub versions_unread: Option<Unread>,
}

/// A snapshot of before they were read says nothing of versions.
#[expect(clippy::unnecessary_wraps, reason = "a field's default has the field's type")]
fn unlisted() -> Option<Unread> {
    let problem = "the snapshot was kept before they were read: make a new one".to_owned();
    Some(Unread { action: "iam:ListPolicyVersions".to_owned(), problem })
}

/// A user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its unique id, `AIDA…`, `AROA…`.
    pub id: String,
    /// Inline policies.
    pub inline: Vec<Attached>,
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    /// The permissions boundary's ARN.
    pub boundary: Option<String>,
    /// A user's groups, by name.
    pub groups: Vec<String>,
    /// A role's trust policy.
    pub trust: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// The organization an account is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// The management account, which no control policy binds.
    pub management: String,
    /// Accounts that administer CloudTrail for it.
    pub delegated: Fact<Vec<String>>,
}
