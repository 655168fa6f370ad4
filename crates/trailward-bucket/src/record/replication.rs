use super::{StorageClass, Tag};
use serde::{Deserialize, Serialize};
use trailward_store::stored::Stored;

/// A bucket's replication configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replication {
    /// ARN of the role that reads here and writes there.
    pub role: String,
    /// 1 to 1,000.
    pub rules: Vec<ReplicationRule>,
}

/// One rule. Numbers are as they came until the bucket has checked them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationRule {
    /// 1 to 255 characters; made up if the request has none.
    pub id: String,
    /// The highest one that matches is applied, for each destination.
    pub priority: Option<i64>,
    /// Whether it is applied.
    pub enabled: bool,
    /// To which objects.
    pub filter: ReplicationFilter,
    /// Whether delete markers are replicated; `None` in rules of the first version.
    pub delete_markers: Option<bool>,
    /// Whether objects under KMS keys are replicated.
    pub kms_objects: bool,
    /// Where to.
    pub destination: ReplicationDestination,
}

/// How a filter is written; it comes back in the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplicationFilterForm {
    /// A `Prefix` beside the other elements of the rule: a rule of the first version.
    Legacy,
    /// A `Filter` with one element or none.
    Plain,
    /// A `Filter` with `And`.
    And,
}

/// Which objects a rule is about: those for which all of it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationFilter {
    /// How it is written.
    pub form: ReplicationFilterForm,
    /// Keys begin with this.
    pub prefix: Option<String>,
    /// Objects have these tags.
    pub tags: Vec<Tag>,
}

/// Where a rule replicates to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationDestination {
    /// The bucket's name.
    pub bucket: String,
    /// The account that must own it.
    pub account: Option<String>,
    /// The replicas' storage class; the source's if missing.
    pub class: Option<StorageClass>,
    /// The KMS key of replicas of objects under KMS keys.
    pub kms_key: Option<String>,
    /// `AccessControlTranslation`: replicas belong to the destination's owner.
    pub owner_translation: bool,
    /// `ReplicationTime`, in minutes: accepted and shown; replication is as fast as it is.
    pub time_minutes: Option<i32>,
    /// `Metrics`; with its threshold in minutes.
    pub metrics: Option<Option<i32>>,
}

/// How far the replication of a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplicationStatus {
    /// It waits.
    Pending,
    /// It is at every destination.
    Completed,
    /// A destination refused it too often.
    Failed,
    /// It came by replication.
    Replica,
}

impl ReplicationStatus {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Replica => "REPLICA",
        }
    }
}

/// A version whose replicas are to be made, or to be made like it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReplicationTask {
    pub(crate) key: String,
    pub(crate) sequence: u64,
    pub(crate) version: String,
    /// Since when it waits, in seconds since 1970.
    pub(crate) since: i64,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// When it is tried next, in seconds since 1970.
    pub(crate) due: i64,
}

impl Stored for ReplicationTask {
    const FORMAT: u16 = 1;
}
