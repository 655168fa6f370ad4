//! What is stored.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use trailward_model::{Arn, Tag};
use trailward_policy::PolicyKind;
use trailward_store::stored::Stored;

/// What an organization can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Features {
    /// `ALL`.
    All,
    /// `CONSOLIDATED_BILLING`: no policies, no trusted services.
    ConsolidatedBilling,
}

impl Features {
    /// As the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::ConsolidatedBilling => "CONSOLIDATED_BILLING",
        }
    }
}

/// The kinds of policies that are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PolicyType {
    /// `SERVICE_CONTROL_POLICY`: binds the principals of member accounts.
    ServiceControl,
    /// `RESOURCE_CONTROL_POLICY`: binds access to the resources of member accounts.
    ResourceControl,
}

impl PolicyType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ServiceControl, Self::ResourceControl];

    /// As the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// The type of this name, if it is one that is enforced.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The grammar of its documents.
    pub fn kind(self) -> PolicyKind {
        match self {
            Self::ServiceControl => PolicyKind::Scp,
            Self::ResourceControl => PolicyKind::Rcp,
        }
    }

    /// The id of AWS's own policy of this type, which lets everything pass.
    pub fn full_access(self) -> &'static str {
        match self {
            Self::ServiceControl => "p-FullAWSAccess",
            Self::ResourceControl => "p-RCPFullAWSAccess",
        }
    }
}

/// Ids of the policies attached to a root, a unit or an account, of all types.
pub type Attached = BTreeSet<String>;

/// An organization with its root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// The management account.
    pub management: String,
    /// What it can do.
    pub features: Features,
    /// Epoch seconds.
    pub created: i64,
    /// `r-…`.
    pub root: String,
    /// Attached to the root.
    pub attached: Attached,
    /// The root's tags.
    pub root_tags: Vec<Tag>,
    /// The policy types that are enabled in the root.
    pub enabled: BTreeSet<PolicyType>,
    /// Services with trusted access, and since when (epoch seconds).
    pub trusted: BTreeMap<String, i64>,
    /// Delegated administrators: for each account its services, and since when (epoch seconds).
    pub delegated: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Organization {
    /// `arn:aws:organizations::MANAGEMENT:KIND/o-…`, with what follows.
    pub fn arn(&self, kind: &str, rest: &str) -> String {
        let slash = if rest.is_empty() { "" } else { "/" };
        Arn::new("organizations", "", &self.management, format!("{kind}/{}{slash}{rest}", self.id))
            .to_string()
    }
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// `ou-…`.
    pub id: String,
    /// The root's or a unit's id.
    pub parent: String,
    /// 1 to 128 characters, unique under its parent.
    pub name: String,
    /// Attached to the unit.
    pub attached: Attached,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// How an account came into the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Joined {
    /// `INVITED`; the management account counts as invited.
    Invited,
    /// `CREATED`.
    Created,
}

/// An account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// 12 digits.
    pub account: String,
    /// Display name.
    pub name: String,
    /// Contact address.
    pub email: String,
    /// The root's or a unit's id.
    pub parent: String,
    /// How it came.
    pub joined: Joined,
    /// When it came, epoch seconds.
    pub since: i64,
    /// When it was closed, epoch seconds. Nobody in a closed account can act.
    pub closed: Option<i64>,
    /// Attached to the account.
    pub attached: Attached,
    /// Its tags, which it loses when it leaves.
    pub tags: Vec<Tag>,
}

/// A policy that the organization made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPolicy {
    /// `p-…`.
    pub id: String,
    /// Its type.
    pub kind: PolicyType,
    /// 1 to 128 characters, unique among its type.
    pub name: String,
    /// At most 512 characters.
    pub description: String,
    /// The document, as it was given.
    pub content: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// How making an account went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreationState {
    /// `SUCCEEDED`.
    Succeeded,
    /// `FAILED`, because of the address: `EMAIL_ALREADY_EXISTS`.
    EmailExists,
    /// `FAILED`, because there are too many: `ACCOUNT_LIMIT_EXCEEDED`.
    LimitExceeded,
}

/// A request to make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// `car-…`.
    pub id: String,
    /// The name asked for.
    pub name: String,
    /// How it went.
    pub state: CreationState,
    /// When it was asked for and done, epoch seconds.
    pub at: i64,
    /// The account, if it was made.
    pub account: Option<String>,
}

/// Which organization an account is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub organization: String,
}

/// An account that was closed and has left its organization since: it stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClosedAccount {
    /// When it was closed, epoch seconds.
    pub at: i64,
}

impl Stored for ClosedAccount {
    const FORMAT: u16 = 1;
}
impl Stored for Organization {
    const FORMAT: u16 = 1;
}
impl Stored for Unit {
    const FORMAT: u16 = 1;
}
impl Stored for Member {
    const FORMAT: u16 = 1;
}
impl Stored for ControlPolicy {
    const FORMAT: u16 = 1;
}
impl Stored for Creation {
    const FORMAT: u16 = 1;
}
impl Stored for Membership {
    const FORMAT: u16 = 1;
}
