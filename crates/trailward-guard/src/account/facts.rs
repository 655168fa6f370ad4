//! What is read of an account, as plain values. Those that are written back have the shape of AWS's API.

use super::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_model::DEFAULT_REGIONS;

/// Everything that judging needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The account's id.
    pub account: String,
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// The control's home Region.
    pub region: String,
    /// Who read: an ARN.
    pub caller: String,
    /// Whether the endpoint is one with TLS.
    pub secure: bool,
    /// The organization.
    pub organization: Fact<Organization>,
    /// Every trail that shows in the home Region, shadow trails and an organization's included; where those of every Region do
    /// not record all that is asked for, also those of other Regions.
    pub trails: Fact<Vec<Trail>>,
    /// The other Regions that were asked for their own trails. An endpoint of one's own may not have them all.
    #[serde(default)]
    pub elsewhere: BTreeMap<String, Fact<()>>,
    /// The trail's bucket.
    pub bucket: Bucket,
    /// The bucket that its access log goes to.
    pub access_log: Bucket,
    /// The trail's key.
    pub key: Fact<Key>,
    /// The log group.
    pub log_group: Fact<LogGroup>,
    /// The role that CloudTrail writes to the log group with.
    pub log_role: Fact<Role>,
    /// Metric filters by name.
    pub filters: Fact<BTreeMap<String, MetricFilter>>,
    /// Alarms by name.
    pub alarms: Fact<BTreeMap<String, Alarm>>,
    /// The alarms' topic.
    pub topic: Fact<Topic>,
    /// The topic that the trail tells of log files.
    #[serde(default)]
    pub notices: Fact<Topic>,
    /// Block Public Access of the whole account.
    #[serde(default)]
    pub account_block: Fact<Block>,
    /// The root user.
    pub root: Fact<Root>,
    /// Whether somebody asked for the public keys, as a validation does, within the control's days.
    pub validated: Fact<bool>,
}

/// An organization, as its member or its management account sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// Its management account.
    pub management: String,
    /// Whether all features are on; otherwise only bills are shared.
    pub all_features: bool,
    /// Whether CloudTrail is trusted.
    pub trusts_cloudtrail: Fact<bool>,
    /// CloudTrail's delegated administrators.
    pub delegated: Fact<Vec<String>>,
    /// Its root.
    pub root: Fact<OrganizationRoot>,
    /// The control's service control policy.
    pub policy: Fact<ControlPolicy>,
}

/// The root of an organization.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationRoot {
    /// `r-…`.
    pub id: String,
    /// Whether service control policies are on.
    pub control_policies: bool,
}

/// A service control policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlPolicy {
    /// `p-…`.
    pub id: String,
    /// Its text.
    pub content: String,
    /// The ids of roots, units and accounts it is attached to.
    pub targets: Vec<String>,
}

/// A trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// Its ARN, of the account that owns it.
    pub arn: String,
    /// Its home Region.
    pub home: String,
    /// Its bucket.
    pub bucket: String,
    /// Its prefix; empty for none.
    pub prefix: String,
    /// Its key's ARN; empty for none.
    pub key: String,
    /// Its log group's ARN; empty for none.
    pub log_group: String,
    /// The role it writes there with; empty for none.
    pub log_role: String,
    /// The ARN of the topic that it tells of log files; empty for none.
    #[serde(default)]
    pub topic: String,
    /// Whether it records every Region.
    pub multi_region: bool,
    /// Whether it records every account.
    pub organization: bool,
    /// Whether it delivers digests.
    pub validation: bool,
    /// Whether it records global services' events.
    pub global_events: bool,
    /// Whether it is running, and what went wrong last.
    pub status: Fact<Status>,
    /// What it records.
    pub selectors: Fact<Selectors>,
    /// What Insights watches, by AWS's names.
    pub insights: Fact<Vec<String>>,
}

/// Whether a trail is running.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Whether it records.
    pub logging: bool,
    /// The code of the last delivery's error; empty for none.
    pub delivery_error: String,
    /// The same of digests.
    pub digest_error: String,
    /// The same of CloudWatch Logs.
    pub log_group_error: String,
    /// The same of notices to SNS.
    #[serde(default)]
    pub notification_error: String,
}

/// Event selectors, of one kind or the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Selectors {
    /// Basic ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_selectors: Vec<EventSelector>,
    /// Advanced ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced_event_selectors: Vec<AdvancedSelector>,
}

/// A basic selector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSelector {
    /// `All`, `ReadOnly`, `WriteOnly`.
    pub read_write_type: String,
    /// Whether it has management events.
    pub include_management_events: bool,
    /// Data events.
    #[serde(default)]
    pub data_resources: Vec<DataResource>,
    /// Services whose management events are left out.
    #[serde(default)]
    pub exclude_management_event_sources: Vec<String>,
}

/// Data events of one type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataResource {
    /// `AWS::S3::Object` …
    #[serde(rename = "Type")]
    pub kind: String,
    /// Beginnings of ARNs.
    pub values: Vec<String>,
}

/// An advanced selector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedSelector {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What must hold, all of it.
    pub field_selectors: Vec<FieldSelector>,
}

/// One condition of an advanced selector.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FieldSelector {
    /// `eventCategory`, `resources.type` …
    pub field: String,
    /// One of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// Begins with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// Ends with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// None of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// Begins with none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// Ends with none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

/// A bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its Region, if it exists.
    pub region: Fact<String>,
    /// Versions.
    pub versioning: Fact<Versioning>,
    /// Object Lock, if it is on.
    pub lock: Fact<Lock>,
    /// Block Public Access.
    pub block: Fact<Block>,
    /// `BucketOwnerEnforced` …
    pub ownership: Fact<String>,
    /// Default encryption.
    pub encryption: Fact<Encryption>,
    /// Its policy's text.
    pub policy: Fact<String>,
    /// Lifecycle rules.
    pub lifecycle: Fact<Lifecycle>,
    /// Where its access log goes.
    pub logging: Fact<Logging>,
    /// Enabled rules of its replication: the buckets they copy to.
    pub replication: Fact<Vec<String>>,
}

/// Versions of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioning {
    /// Whether versions are kept.
    pub enabled: bool,
    /// Whether deleting one takes the root user's device.
    pub mfa_delete: bool,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lock {
    /// `COMPLIANCE` or `GOVERNANCE`; empty without a default retention.
    pub mode: String,
    /// Its length in days; a year counts 365.
    pub days: u32,
}

/// Block Public Access.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Block {
    /// Refuses public ACLs.
    pub block_public_acls: bool,
    /// Ignores those there are.
    pub ignore_public_acls: bool,
    /// Refuses public policies.
    pub block_public_policy: bool,
    /// Ignores those there are.
    pub restrict_public_buckets: bool,
}

impl Block {
    /// All four.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// Default encryption of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: String,
    /// The key; empty for none of one's own.
    pub key: String,
    /// Whether objects share a bucket key.
    pub bucket_key: bool,
}

/// Where an access log goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logging {
    /// The bucket.
    pub bucket: String,
    /// The prefix.
    pub prefix: String,
}

/// A lifecycle configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// Its rules, in order.
    pub rules: Vec<LifecycleRule>,
    /// Which objects are too small to move; `None` for S3's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_default_minimum_object_size: Option<String>,
}

/// A lifecycle rule, with everything S3 knows, so that a foreign one is written back as it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleRule {
    /// Its name.
    #[serde(default, rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// The old form of a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Which objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<LifecycleFilter>,
    /// When current versions expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// When they get colder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// When noncurrent versions go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentExpiration>,
    /// When they get colder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_version_transitions: Vec<NoncurrentTransition>,
    /// When parts of unfinished uploads go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload: Option<AbortUpload>,
}

/// Which objects a rule is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleFilter {
    /// Beginning of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// One tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// Larger than so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_size_greater_than: Option<i64>,
    /// Smaller than so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_size_less_than: Option<i64>,
    /// Several at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub and: Option<LifecycleAnd>,
}

/// Several conditions at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleAnd {
    /// Beginning of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Larger than so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_size_greater_than: Option<i64>,
    /// Smaller than so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_size_less_than: Option<i64>,
}

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// When current versions expire.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Expiration {
    /// On that day, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// Delete markers with nothing under them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_object_delete_marker: Option<bool>,
}

/// When versions get colder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Transition {
    /// On that day, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// To which class.
    pub storage_class: String,
}

/// When noncurrent versions go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentExpiration {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// But so many stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
}

/// When noncurrent versions get colder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentTransition {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// But so many stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
    /// To which class.
    pub storage_class: String,
}

/// When parts of unfinished uploads go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AbortUpload {
    /// After so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_after_initiation: Option<i32>,
}

/// A KMS key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion` …
    pub state: String,
    /// Whether it has the control's alias; otherwise its tag alone says whose it is.
    pub named: bool,
    /// Whether it is a symmetric encryption key.
    pub symmetric: bool,
    /// Whether its material is renewed.
    pub rotation: Fact<bool>,
    /// Its policy's text.
    pub policy: Fact<String>,
}

/// A log group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// Its ARN, without `:*`.
    pub arn: String,
    /// Its retention in days; 0 for ever.
    pub retention_days: u32,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its trust policy's text.
    pub trust: String,
    /// The text of the control's inline policy.
    pub policy: Fact<String>,
}

/// A metric filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricFilter {
    /// Its pattern.
    pub pattern: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// What a match counts.
    pub value: String,
}

/// An alarm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// `Sum` …
    pub statistic: String,
    /// `GreaterThanOrEqualToThreshold` …
    pub comparison: String,
    /// Seconds.
    pub period: i32,
    /// Periods.
    pub evaluations: i32,
    /// The threshold, in thousandths.
    pub threshold_milli: i64,
    /// Whether it acts.
    pub enabled: bool,
    /// What it does: ARNs.
    pub actions: Vec<String>,
}

/// An SNS topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Its ARN.
    pub arn: String,
    /// Its policy's text.
    pub policy: String,
    /// Subscribers by endpoint; whether they have confirmed.
    pub subscribers: Fact<BTreeMap<String, bool>>,
}

/// The root user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    /// Whether it has an MFA device.
    pub mfa: bool,
    /// Whether it has access keys.
    pub keys: bool,
}

impl Snapshot {
    /// The trails, as far as they are known.
    pub fn trails(&self) -> &[Trail] {
        self.trails.present().map_or(&[], Vec::as_slice)
    }

    /// The organization, if this account is a delegated administrator of CloudTrail in it.
    pub fn administered(&self) -> Option<&Organization> {
        let organization = self.organization.present()?;
        organization.delegated.present()?.contains(&self.account).then_some(organization)
    }

    /// Whether it is the organization's trail that this account set up as a delegated administrator: its bucket is there. The
    /// trail itself belongs to the management account, whoever made it.
    fn administers(&self, trail: &Trail) -> bool {
        let manages = |organization: &Organization| trail.owner() == organization.management;
        trail.organization
            && self.bucket.region.present().is_some()
            && self.administered().is_some_and(manages)
    }

    /// The trail of that name that this account owns or set up as a delegated administrator, home Region first.
    pub fn own_trail(&self, name: &str) -> Option<&Trail> {
        let own = |trail: &&Trail| {
            // Another Region may have one of the same name.
            let shows = trail.multi_region || trail.home == self.region;
            trail.name == name && shows && (trail.owner() == self.account || self.administers(trail))
        };
        let mut all = self.trails().iter().filter(own);
        let first = all.next()?;
        Some(std::iter::once(first).chain(all).find(|trail| trail.home == self.region).unwrap_or(first))
    }

    /// The Regions that a trail of every Region records, as far as they need no opting in.
    pub fn regions(&self) -> Vec<&str> {
        let others = DEFAULT_REGIONS.into_iter().filter(|region| *region != self.region);
        let others = others.filter(|region| {
            self.partition == "aws" && !matches!(self.elsewhere.get(*region), Some(Fact::Absent))
        });
        std::iter::once(self.region.as_str()).chain(others).collect()
    }

    /// What must not have changed between plan and apply: everything but the errors of deliveries, which come and go.
    pub fn settled(&self) -> Self {
        let mut settled = self.clone();
        if let Fact::Present(trails) = &mut settled.trails {
            for trail in trails {
                if let Fact::Present(status) = &mut trail.status {
                    *status = Status { logging: status.logging, ..Status::default() };
                }
            }
        }
        settled.validated = Fact::NotAsked;
        settled.elsewhere.clear();
        settled.caller.clear();
        settled
    }
}

impl Trail {
    /// The account that owns it.
    pub fn owner(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}
