//! Access control lists, as they are kept.
//!
//! Source: Amazon S3 User Guide, "Access control list (ACL) overview".

use serde::{Deserialize, Serialize};

/// Who may do what with a bucket or an object, beside what policies say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl {
    /// The account that owns it.
    pub owner: String,
    /// At most 100.
    pub grants: Vec<AclGrant>,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclGrant {
    /// Who.
    pub grantee: Grantee,
    /// What.
    pub permission: AclPermission,
}

/// To whom something is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grantee {
    /// An account, which passes it on to its users by policies.
    Account(String),
    /// Everybody, also without a signature.
    AllUsers,
    /// Everybody with an account, whichever.
    AuthenticatedUsers,
    /// The delivery of access logs.
    LogDelivery,
}

impl Grantee {
    const GROUPS: [(Self, &'static str); 3] = [
        (Self::AllUsers, "http://acs.amazonaws.com/groups/global/AllUsers"),
        (Self::AuthenticatedUsers, "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
        (Self::LogDelivery, "http://acs.amazonaws.com/groups/s3/LogDelivery"),
    ];

    /// The group with this URI.
    pub fn group(uri: &str) -> Option<Self> {
        Self::GROUPS.into_iter().find(|(_, known)| *known == uri).map(|(group, _)| group)
    }

    /// A group's URI.
    pub fn uri(&self) -> Option<&'static str> {
        Self::GROUPS.iter().find(|(group, _)| group == self).map(|(_, uri)| *uri)
    }

    /// Whether everybody, or everybody with an account, is meant.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::AllUsers | Self::AuthenticatedUsers)
    }
}

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AclPermission {
    /// All of the others.
    FullControl,
    /// Listing a bucket; reading an object.
    Read,
    /// Putting objects into a bucket; nothing on an object.
    Write,
    /// Reading the list.
    ReadAcp,
    /// Changing the list.
    WriteAcp,
}

impl AclPermission {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::FullControl, Self::Read, Self::Write, Self::ReadAcp, Self::WriteAcp];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullControl => "FULL_CONTROL",
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    /// Whether it allows what `needed` allows.
    pub(crate) fn covers(self, needed: Self) -> bool {
        self == Self::FullControl || self == needed
    }
}

impl Acl {
    /// What everything has that has no list of its own.
    pub fn private(owner: impl Into<String>) -> Self {
        let owner = owner.into();
        let grantee = Grantee::Account(owner.clone());
        Self { owner, grants: vec![AclGrant { grantee, permission: AclPermission::FullControl }] }
    }

    /// Whether anything is granted to everybody, or to everybody with an account.
    pub fn is_public(&self) -> bool {
        self.grants.iter().any(|grant| grant.grantee.is_public())
    }
}
