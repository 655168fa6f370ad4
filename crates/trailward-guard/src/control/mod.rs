//! The control file: the protected trail that an account is to have. An empty file is the guides' recommendation.

mod check;
mod explain;
mod keys;
mod template;

pub use check::InvalidControl;
pub use explain::{Explained, explain, nearest};
pub use keys::{KEYS, Key};
pub use template::{Answers, template};

use serde::{Deserialize, Serialize};

/// The desired state. Names may hold `{account}` and `{trail}`; see [`Control::names`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// The trail itself.
    pub trail: TrailControl,
    /// What it records.
    pub events: EventsControl,
    /// Its KMS key.
    pub key: KeyControl,
    /// Where its files go.
    pub bucket: BucketControl,
    /// Its CloudWatch Logs group.
    pub log_group: LogGroupControl,
    /// Metric filters and alarms on the log group.
    pub alarms: AlarmsControl,
    /// Notices of log files.
    pub notifications: NotificationsControl,
    /// Service control policies.
    pub guard_policies: GuardPolicies,
    /// The account as a whole.
    pub account: AccountControl,
    /// Further trails, of data events alone.
    pub data_trails: Vec<DataTrail>,
}

/// A trail of data events alone, beside the first: it delivers to the same bucket, and is as wide and as sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataTrail {
    /// Its name.
    pub name: String,
    /// S3 objects: which buckets' data events.
    pub s3: S3Events,
    /// Further buckets, by name, whose objects' events are recorded.
    pub s3_buckets: Vec<String>,
    /// Whether every Lambda function's invocations are recorded.
    pub lambda: bool,
}

/// Notices of log files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsControl {
    /// Whether the trail tells an SNS topic of each log file.
    pub enabled: bool,
    /// The topic's name.
    pub topic: String,
}

/// The account as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountControl {
    /// Whether Block Public Access is on for every bucket of the account.
    pub block_public_access: bool,
}

/// The trail itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrailControl {
    /// Its name.
    pub name: String,
    /// Its home Region; empty for the Region of the AWS configuration in use.
    pub region: String,
    /// Whether it records every Region.
    pub multi_region: bool,
    /// Whether it records every account of the organization.
    pub organization: bool,
    /// Whether it delivers signed digests.
    pub validation: bool,
    /// Days within which somebody has to have validated the archive; 0 not to ask.
    pub validated_days: u32,
}

/// What the trail records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsControl {
    /// Management events.
    pub management: Management,
    /// Leaves out the calls that KMS keys are used with.
    pub exclude_kms: bool,
    /// S3 objects: which buckets' data events.
    pub s3: S3Events,
    /// Further buckets, by name, whose objects' events are recorded.
    pub s3_buckets: Vec<String>,
    /// Whether every Lambda function's invocations are recorded.
    pub lambda: bool,
    /// CloudTrail Insights.
    pub insights: Vec<Insight>,
}

/// Which management events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Management {
    /// Reads and writes.
    All,
    /// Writes alone.
    Write,
}

/// Which buckets' data events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum S3Events {
    /// None but those of `s3_buckets`.
    None,
    /// The trail's own bucket, and those of `s3_buckets`.
    TrailBucket,
    /// Every bucket.
    All,
}

/// What CloudTrail Insights watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Insight {
    /// Calls a minute.
    CallRate,
    /// Errors a minute.
    ErrorRate,
}

impl Insight {
    /// AWS's name of it.
    pub fn aws(self) -> &'static str {
        match self {
            Self::CallRate => "ApiCallRateInsight",
            Self::ErrorRate => "ApiErrorRateInsight",
        }
    }
}

/// The KMS key that log files and digests are encrypted under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyControl {
    /// Whether there is one; otherwise S3's own key encrypts.
    pub enabled: bool,
    /// Its alias. The key is made with it.
    pub alias: String,
    /// Whether its material is renewed every year.
    pub rotation: bool,
}

/// The bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BucketControl {
    /// Its name.
    pub name: String,
    /// The prefix of every key, without a slash at its end.
    pub prefix: String,
    /// The account that owns it; empty for the one the commands run in.
    pub account: String,
    /// What keeps versions from being deleted.
    pub protection: Protection,
    /// Object Lock's default retention.
    pub lock: LockControl,
    /// When files get colder.
    pub lifecycle: LifecycleControl,
    /// What its policy denies.
    pub policy: PolicyControl,
    /// Its access log.
    pub access_log: AccessLogControl,
    /// Its copy.
    pub replication: ReplicationControl,
}

/// What keeps versions from being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// Object Lock with a default retention.
    Lock,
    /// MFA delete, with the root user's device.
    MfaDelete,
    /// Versions and the policy alone.
    Versions,
}

/// Object Lock's default retention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockControl {
    /// Its mode.
    pub mode: LockMode,
    /// Its length in days, 1 to 36,500.
    pub days: u32,
}

/// The mode of a retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockMode {
    /// Nobody shortens it, not even the root user.
    Compliance,
    /// Whoever has `s3:BypassGovernanceRetention` passes over it.
    Governance,
}

impl LockMode {
    /// AWS's name of it.
    pub fn aws(self) -> &'static str {
        match self {
            Self::Compliance => "COMPLIANCE",
            Self::Governance => "GOVERNANCE",
        }
    }
}

/// When files get colder, and when they go. Days count from an object's making; 0 is never.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifecycleControl {
    /// Whether there are rules.
    pub enabled: bool,
    /// To STANDARD_IA.
    pub standard_ia_days: u32,
    /// To GLACIER.
    pub glacier_days: u32,
    /// To DEEP_ARCHIVE.
    pub deep_archive_days: u32,
    /// Under a delete marker.
    pub expire_days: u32,
    /// Noncurrent versions go for good.
    pub noncurrent_days: u32,
    /// Parts of unfinished uploads go.
    pub abort_upload_days: u32,
}

/// What the bucket's policy denies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyControl {
    /// Requests without TLS.
    pub deny_insecure_transport: bool,
    /// Deleting log files and the bucket, to everybody.
    pub deny_delete: bool,
    /// ARNs of roles that alone may change the bucket's settings; empty to deny no change.
    pub break_glass: Vec<String>,
}

/// The bucket's access log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLogControl {
    /// Whether there is one.
    pub enabled: bool,
    /// The bucket it goes to.
    pub bucket: String,
    /// The prefix of its keys.
    pub prefix: String,
}

/// The bucket's copy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplicationControl {
    /// Whether there has to be one.
    pub enabled: bool,
    /// The bucket it goes to, which has to exist.
    pub bucket: String,
    /// The ARN of the role that copies.
    pub role: String,
    /// The account of that bucket; empty for the one that owns the first.
    pub account: String,
    /// The ARN of the KMS key in that bucket's Region that copies are encrypted under.
    pub key: String,
}

/// The trail's CloudWatch Logs group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogGroupControl {
    /// Whether there is one.
    pub enabled: bool,
    /// Its name.
    pub name: String,
    /// The name of the role that CloudTrail writes with.
    pub role: String,
    /// How long it keeps events, in days; one of the lengths CloudWatch Logs knows.
    pub retention_days: u32,
}

/// Metric filters and alarms on the log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlarmsControl {
    /// Whether there are any.
    pub enabled: bool,
    /// Which, by name: see [`crate::benchmark::FILTERS`]. Empty for all.
    pub filters: Vec<String>,
    /// The metrics' namespace.
    pub namespace: String,
    /// The SNS topic that alarms go to.
    pub topic: String,
    /// Whom the topic tells, by e-mail.
    pub subscribers: Vec<String>,
}

/// Service control policies that guard the trail and its bucket in every member account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuardPolicies {
    /// Whether there are any.
    pub enabled: bool,
    /// The policy's name.
    pub name: String,
    /// Patterns of the principals' ARNs that they do not bind.
    pub break_glass: Vec<String>,
}

impl Default for TrailControl {
    fn default() -> Self {
        Self {
            name: "main".into(),
            region: String::new(),
            multi_region: true,
            organization: false,
            validation: true,
            validated_days: 2,
        }
    }
}

impl Default for EventsControl {
    fn default() -> Self {
        Self {
            management: Management::All,
            exclude_kms: false,
            s3: S3Events::TrailBucket,
            s3_buckets: Vec::new(),
            lambda: false,
            insights: Vec::new(),
        }
    }
}

impl Default for KeyControl {
    fn default() -> Self {
        Self { enabled: true, alias: "alias/trail-{trail}".into(), rotation: true }
    }
}

impl Default for BucketControl {
    fn default() -> Self {
        Self {
            name: "trail-logs-{account}".into(),
            prefix: String::new(),
            account: String::new(),
            protection: Protection::Lock,
            lock: LockControl::default(),
            lifecycle: LifecycleControl::default(),
            policy: PolicyControl::default(),
            access_log: AccessLogControl::default(),
            replication: ReplicationControl::default(),
        }
    }
}

impl Default for LockControl {
    fn default() -> Self {
        Self { mode: LockMode::Compliance, days: 365 }
    }
}

impl Default for LifecycleControl {
    fn default() -> Self {
        Self {
            enabled: true,
            standard_ia_days: 30,
            glacier_days: 90,
            deep_archive_days: 365,
            expire_days: 0,
            noncurrent_days: 400,
            abort_upload_days: 7,
        }
    }
}

impl Default for PolicyControl {
    fn default() -> Self {
        Self { deny_insecure_transport: true, deny_delete: true, break_glass: Vec::new() }
    }
}

impl Default for AccessLogControl {
    fn default() -> Self {
        Self { enabled: true, bucket: "trail-logs-{account}-access".into(), prefix: "trail/".into() }
    }
}

impl Default for LogGroupControl {
    fn default() -> Self {
        Self {
            enabled: true,
            name: "CloudTrail/{trail}".into(),
            role: "CloudTrailLogs-{trail}".into(),
            retention_days: 365,
        }
    }
}

impl Default for AlarmsControl {
    fn default() -> Self {
        Self {
            enabled: true,
            filters: Vec::new(),
            namespace: "TrailAlarms".into(),
            topic: "trail-alarms".into(),
            subscribers: Vec::new(),
        }
    }
}

impl Default for DataTrail {
    fn default() -> Self {
        Self { name: String::new(), s3: S3Events::None, s3_buckets: Vec::new(), lambda: false }
    }
}

impl Default for NotificationsControl {
    fn default() -> Self {
        Self { enabled: false, topic: "trail-files-{trail}".into() }
    }
}

impl Default for GuardPolicies {
    fn default() -> Self {
        Self {
            enabled: false,
            name: "guard-trail-{trail}".into(),
            break_glass: vec!["arn:aws:iam::*:role/break-glass".into()],
        }
    }
}

impl LifecycleControl {
    /// The classes that files move to, warmest first, each with its day.
    pub fn transitions(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let all = [
            ("STANDARD_IA", self.standard_ia_days),
            ("GLACIER", self.glacier_days),
            ("DEEP_ARCHIVE", self.deep_archive_days),
        ];
        all.into_iter().filter(|(_, days)| *days > 0)
    }
}

impl Control {
    /// Reads and checks a control file. An error names the key, the value, and what to do.
    pub fn parse(text: &str) -> Result<Self, InvalidControl> {
        check::parse(text)
    }

    /// The control with every name filled in for an account and the Region of the AWS configuration.
    pub fn names(&self, account: &str, region: &str) -> Self {
        let mut named = self.clone();
        if named.trail.region.is_empty() {
            region.clone_into(&mut named.trail.region);
        }
        if named.bucket.account.is_empty() {
            account.clone_into(&mut named.bucket.account);
        }
        let trail = named.trail.name.clone();
        for name in [
            &mut named.key.alias,
            &mut named.bucket.name,
            &mut named.bucket.access_log.bucket,
            &mut named.bucket.replication.bucket,
            &mut named.bucket.replication.role,
            &mut named.bucket.replication.key,
            &mut named.log_group.name,
            &mut named.log_group.role,
            &mut named.alarms.topic,
            &mut named.notifications.topic,
            &mut named.guard_policies.name,
        ] {
            *name = name.replace("{account}", account).replace("{trail}", &trail);
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_recommendation() {
        let control = Control::parse("").unwrap();
        assert_eq!(control, Control::default());
        let named = control.names("111122223333", "eu-west-1");
        assert_eq!(named.bucket.name, "trail-logs-111122223333");
        assert_eq!(named.bucket.access_log.bucket, "trail-logs-111122223333-access");
        assert_eq!(
            (named.trail.region.as_str(), named.key.alias.as_str()),
            ("eu-west-1", "alias/trail-main")
        );
    }
}
