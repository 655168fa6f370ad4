use serde::{Deserialize, Serialize};
use trailward_store::stored::Stored;

use super::{
    Acl, BucketEncryption, BucketLock, CorsRule, Lifecycle, Logging, Replication, Tag, TopicNotification,
};

/// A bucket and all of its configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    /// Differs when a bucket is deleted and made again, so that nothing of the old one can end in the new one.
    pub(crate) id: String,
    /// The account that owns it.
    pub(crate) owner: String,
    pub(crate) region: String,
    /// Seconds since 1970.
    pub(crate) created: i64,
    /// It is being deleted. Whoever adds something takes this back, and the deletion fails.
    #[serde(default)]
    pub(crate) deleting: bool,
    pub(crate) versioning: Versioning,
    pub(crate) policy: Option<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) public_access: Option<PublicAccessBlock>,
    pub(crate) ownership: Option<Ownership>,
    /// Only with versioning enabled; never taken away.
    #[serde(default)]
    pub(crate) lock: Option<BucketLock>,
    /// MFA delete; `None` if it never was configured.
    #[serde(default)]
    pub(crate) mfa_delete: Option<bool>,
    #[serde(default)]
    pub(crate) lifecycle: Option<Lifecycle>,
    /// Default encryption, if it was ever configured.
    #[serde(default)]
    pub(crate) encryption: Option<BucketEncryption>,
    /// Its access log.
    #[serde(default)]
    pub(crate) logging: Option<Logging>,
    #[serde(default)]
    pub(crate) replication: Option<Replication>,
    /// Topics that are told of events.
    #[serde(default)]
    pub(crate) notifications: Vec<TopicNotification>,
    /// `None`: the owner has full control, nobody else any.
    #[serde(default)]
    pub(crate) acl: Option<Acl>,
    #[serde(default)]
    pub(crate) cors: Vec<CorsRule>,
    /// Whether requesters pay, and must say that they know.
    #[serde(default)]
    pub(crate) requester_pays: bool,
}

impl Bucket {
    /// Whether access control lists mean anything.
    pub(crate) fn has_acls(&self) -> bool {
        self.ownership != Some(Ownership::BucketOwnerEnforced)
    }
}

impl Stored for Bucket {
    const FORMAT: u16 = 4;
    // 2: Object Lock, MFA delete and lifecycle, 3: encryption, access logs and replication, which an older program must
    // not overlook; lists, cross-origin rules and request payment, which it would lose; 4: notifications.
    const OLDEST: u16 = 1;
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Never has: every put replaces, every delete removes.
    Off,
    /// Every put and every delete adds a version.
    Enabled,
    /// Versions there are stay; puts and deletes work on the version `null`.
    Suspended,
}

/// What a bucket does about public access. All four are on unless somebody changes that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// Refuses new public access control lists.
    pub block_public_acls: bool,
    /// Ignores public access control lists.
    pub ignore_public_acls: bool,
    /// Refuses a public policy.
    pub block_public_policy: bool,
    /// With a public policy, lets nobody in but services and the owner's account.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four on.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };

    /// What either of the two does.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}

/// Who owns objects, and whether access control lists mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// The bucket's owner owns everything; access control lists are off.
    BucketOwnerEnforced,
    /// The bucket's owner, if the writer says `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// The writer.
    ObjectWriter,
}

impl Ownership {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::BucketOwnerEnforced, Self::BucketOwnerPreferred, Self::ObjectWriter]
            .into_iter()
            .find(|ownership| ownership.as_str() == name)
    }
}
