//! Every key of the control file: what it is, why, where the guides have it, which benchmarks ask for it, what it costs.

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name with its tables, such as `bucket.lock.mode`.
    pub name: &'static str,
    /// What it sets.
    pub what: &'static str,
    /// Why its default is what it is.
    pub why: &'static str,
    /// The guide and its step; empty where no guide has it.
    pub guide: &'static str,
    /// What asks for it: `CIS` is CIS AWS Foundations 3.0.0, others are controls of AWS Foundational Security Best
    /// Practices, `ACCT.07` is of the AWS Startup Security Baseline.
    pub benchmarks: &'static [&'static str],
    /// What it costs, roughly.
    pub cost: &'static str,
}

const BUCKET: &str = "protected-bucket, step 1";
const POLICY: &str = "protected-bucket, step 2";
const TRAIL: &str = "protected-bucket, step 3";
const LOCK: &str = "protected-bucket, step 4";
const KEY: &str = "protected-bucket, step 5";
const COLD: &str = "protected-bucket, step 6";
const DENY: &str = "protected-bucket, step 7";
const ORGANIZATION: &str = "organization, step 3";
const GUARD: &str = "organization, step 4";
const NOTHING: &str = "nothing";

const fn key(
    name: &'static str,
    what: &'static str,
    why: &'static str,
    guide: &'static str,
    benchmarks: &'static [&'static str],
    cost: &'static str,
) -> Key {
    Key { name, what, why, guide, benchmarks, cost }
}

/// All of them, in the order of the file.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("trail.name", "The trail's name, 3 to 128 letters, digits, dots, underscores and hyphens.",
        "Policies name the trail's ARN, so that the name is part of what they allow.", TRAIL, &["CloudTrail.3", "ACCT.07"],
        "the first copy of management events is free in each Region; further copies $2.00 per 100,000 events"),
    key("trail.region", "The trail's home Region; empty: the Region of the AWS configuration in use.",
        "A trail is changed in its home Region alone; every other Region only shows it.", TRAIL, &[], NOTHING),
    key("trail.multi_region", "Whether the trail records every Region, present and future.",
        "Whoever steals a key works in the Region nobody watches.", TRAIL, &["CIS 3.1", "CloudTrail.1"], NOTHING),
    key("trail.organization", "Whether the trail records every account of the organization; for its management account or a delegated administrator.",
        "Members see such a trail and cannot touch it.", ORGANIZATION, &["CloudTrail.1"], NOTHING),
    key("trail.validation", "Whether CloudTrail delivers a signed digest every hour.",
        "Without digests nobody can prove that log files are all there and unaltered.", TRAIL, &["CIS 3.2", "CloudTrail.4"], NOTHING),

    key("trail.validated_days", "Days within which somebody has to have validated the archive; at most 90; 0: do not ask.",
        "Digests that nobody checks prove nothing: schedule `trailward validate` or `aws cloudtrail validate-logs`, which both ask for the public keys, and so show in the Event history.",
        "protected-bucket, step 9", &[], NOTHING),

    key("events.management", "Management events: `all`, or `write` alone.",
        "Reading is how an intrusion begins.", TRAIL, &["CIS 3.1", "CloudTrail.1"], "the first copy is free"),
    key("events.exclude_kms", "Leaves out the events of KMS: Encrypt, Decrypt, GenerateDataKey and all others.",
        "They are many, and in a second copy expensive; but who disabled a key is among them. Set it in development accounts only.", TRAIL, &["CloudTrail.1"],
        "saves $2.00 per 100,000 events in a paid copy"),
    key("events.s3", "Data events of S3 objects: `trail-bucket`, `all` buckets, or `none` but those of `events.s3_buckets`.",
        "The trail bucket's own events tell who read or tried to delete log files.", TRAIL, &["CIS 3.8", "CIS 3.9", "S3.22", "S3.23"],
        "$0.10 per 100,000 data events; `all` can be a great many"),
    key("events.s3_buckets", "Names of further buckets whose objects' events are recorded.",
        "For buckets with what must not leak, where `all` would be too many.", TRAIL, &["S3.22", "S3.23"], "$0.10 per 100,000 data events"),
    key("events.lambda", "Whether every invocation of every Lambda function is recorded.",
        "Off: invocations are many, and say little that the functions' own logs do not.", "", &[], "$0.10 per 100,000 data events"),
    key("events.insights", "CloudTrail Insights: any of `call-rate`, `error-rate`.",
        "Off: no benchmark asks for it, and it is paid by the number of events it looks at.", "", &[], "$0.35 per 100,000 events looked at, for each kind"),

    key("key.enabled", "Whether log files and digests are encrypted under a KMS key of one's own; otherwise under S3's.",
        "A key is a second permission that readers need, and S3's own key asks nobody.", KEY, &["CIS 3.5", "CloudTrail.2", "S3.17"],
        "$1.00 a month for the key, and $0.03 per 10,000 requests"),
    key("key.alias", "The key's alias. If there is no such alias, the key is made with it.",
        "Keys have random ids; the alias is how the control finds its own again.", KEY, &[], NOTHING),
    key("key.rotation", "Whether KMS makes new key material every year. Old files stay readable.",
        "Limits what one leaked material opens.", KEY, &["CIS 3.6", "KMS.4"], "$1.00 a month more after each of the first two rotations"),

    key("bucket.name", "The bucket's name. `{account}` is the account's id, `{trail}` the trail's name.",
        "A bucket for log files alone: other uses would need exceptions from its policy.", BUCKET, &["ACCT.07"],
        "$0.023 per GB and month in STANDARD"),
    key("bucket.prefix", "A prefix of every key, without a slash at its end.",
        "Empty: a bucket of its own needs none, and wrong prefixes are the commonest error in bucket policies.", POLICY, &[], NOTHING),
    key("bucket.account", "The account that owns the bucket; empty: the one that the commands run in.",
        "A log archive account that nobody works in is best. What has to be done there is printed as commands.", "organization, step 2", &[], NOTHING),
    key("bucket.protection", "What keeps versions from being deleted: `lock` (Object Lock), `mfa-delete` (the root user's device), or `versions` alone.",
        "Object Lock needs nobody at hand, holds against the root user, and goes together with lifecycle rules; MFA delete does not.", LOCK,
        &["S3.14", "S3.15", "S3.20", "ACCT.07"], "noncurrent versions are stored like others"),
    key("bucket.lock.mode", "Object Lock's mode: `compliance` (nobody passes over it) or `governance` (whoever may `s3:BypassGovernanceRetention`).",
        "Governance is one permission away from no lock. In compliance mode a file cannot be deleted before its day, whatever it costs: try with few days first.", LOCK, &["S3.15"],
        "log files cannot be deleted earlier to save storage"),
    key("bucket.lock.days", "Days from its delivery for which a log file cannot be deleted.",
        "A year is what CIS, PCI DSS and most auditors ask for.", LOCK, &["S3.15"], "storage for as long"),
    key("bucket.lifecycle.enabled", "Whether lifecycle rules move files to colder storage and clear away what is left over.",
        "Log files are written once and seldom read. Has to be false with MFA delete, which S3 does not take together with it.", COLD, &["S3.10", "S3.13"],
        "less than it saves for large files; S3 moves no object below 128 KB by default"),
    key("bucket.lifecycle.standard_ia_days", "Days until files go to STANDARD_IA; at least 30; 0: never.",
        "After a month files are hardly read.", COLD, &["S3.13"], "$0.0125 per GB and month, $0.01 per 1,000 files moved"),
    key("bucket.lifecycle.glacier_days", "Days until files go to GLACIER; 30 after STANDARD_IA; 0: never.",
        "After a quarter files are read for investigations alone, which can wait for hours.", COLD, &["S3.13"],
        "$0.0036 per GB and month, $0.03 per 1,000 files moved"),
    key("bucket.lifecycle.deep_archive_days", "Days until files go to DEEP_ARCHIVE; 0: never.",
        "After a year files are evidence, not a tool.", COLD, &["S3.13"], "$0.00099 per GB and month, $0.05 per 1,000 files moved"),
    key("bucket.lifecycle.expire_days", "Days until a delete marker covers a file; 0: never. Not before the lock's end.",
        "Never: how long evidence is kept is a decision, not a default.", COLD, &["S3.13"], "saves storage"),
    key("bucket.lifecycle.noncurrent_days", "Days until a version that is no longer current goes for good; more than the lock keeps; 0: never.",
        "A log file that somebody covered with a delete marker is a noncurrent version. Rules that clear those after 90 days finish what the attacker began.", COLD, &["S3.10"],
        "saves storage"),
    key("bucket.lifecycle.abort_upload_days", "Days until the parts of an upload that was not finished go; 0: never.",
        "They cost storage and show in no listing.", COLD, &["S3.10"], "saves storage"),
    key("bucket.policy.deny_insecure_transport", "Denies every request that does not come over TLS.",
        "Log files say what the account does, and credentials are among what they describe.", POLICY, &["CIS 2.1.1", "S3.5"], NOTHING),
    key("bucket.policy.deny_delete", "Denies everybody to delete log files, their versions and the bucket, and to pass over governance locks. No role is exempt.",
        "Nobody needs to delete log files by hand; lifecycle rules are not bound by the policy. A deny that one role escapes is as strong as that role's trust policy.", DENY, &["S3.6", "ACCT.07"], NOTHING),
    key("bucket.policy.break_glass", "ARNs of the only roles and users who may change the bucket's policy, versions, lock, lifecycle, encryption, access log and copy. Empty: the policy denies no change.",
        "Binds administrators too. `trailward apply` then has to run as one of them; the root user can still delete the policy.", DENY, &["S3.6"], NOTHING),
    key("bucket.access_log.enabled", "Whether S3 logs each request to the bucket in another bucket.",
        "It also shows requests that no trail records, such as those without a signature.", COLD, &["CIS 3.4", "CloudTrail.7", "S3.9"], "storage of the access log"),
    key("bucket.access_log.bucket", "The bucket that the access log goes to; made if it does not exist. `{account}` and `{trail}` as above.",
        "Never the bucket itself, never one with a default retention: S3 cannot write access logs there.", COLD, &["CloudTrail.7"], "$0.023 per GB and month"),
    key("bucket.access_log.prefix", "The prefix of the access log's keys.",
        "So that one bucket can take the access logs of several.", COLD, &[], NOTHING),
    key("bucket.replication.enabled", "Whether the bucket has to be copied to another.",
        "Off: a copy needs a bucket in another account or Region, and a role, that only you can choose.", COLD, &["S3.7"], "storage, and $0.02 per GB between Regions"),
    key("bucket.replication.bucket", "The bucket that the copy goes to; it has to exist, with versions, and with Object Lock if the bucket has it.",
        "A copy without a lock of its own dies with the first.", COLD, &["S3.7"], "storage of the copy"),
    key("bucket.replication.role", "The ARN of the role that S3 copies as; it has to exist.",
        "S3 asks this role's policies what it may do: of the bucket s3:GetReplicationConfiguration and s3:ListBucket, of its objects s3:GetObjectVersionForReplication, s3:GetObjectVersionAcl, s3:GetObjectVersionTagging, and where they are locked s3:GetObjectRetention and s3:GetObjectLegalHold, of the copy's s3:ReplicateObject and s3:ReplicateTags; kms:Decrypt with the trail's key, kms:Encrypt with the copy's.", COLD, &["S3.7"], NOTHING),
    key("bucket.replication.account", "The account of the copy's bucket, which then owns the copies; empty: the one that owns the bucket.",
        "A copy in another account outlives whoever takes over the first.", COLD, &["S3.7"], NOTHING),
    key("bucket.replication.key", "The ARN of the KMS key, in the copy's Region, that copies are encrypted under; needed where `key.enabled` is true.",
        "S3 copies what lies under a KMS key only if it is told under which key the copy is to lie.", COLD, &["S3.7"], "$1.00 a month for that key"),

    key("log_group.enabled", "Whether events go to a CloudWatch Logs group, too.",
        "Log files come after minutes; alarms need events sooner.", "", &["CloudTrail.5"], "$0.50 per GB taken in"),
    key("log_group.name", "The log group's name. `{trail}` as above.", "Alarms find it by its name.", "", &["CloudTrail.5"], NOTHING),
    key("log_group.role", "The name of the role that CloudTrail writes to the group with; made if it does not exist.",
        "It may make streams and put events in this group, and nothing else.", "", &[], NOTHING),
    key("log_group.retention_days", "Days for which the group keeps events; one of CloudWatch Logs' lengths.",
        "A year, as the log files; without a retention a group keeps, and charges, forever.", "", &["CloudWatch.16"], "$0.03 per GB and month"),

    key("alarms.enabled", "Whether metric filters and alarms watch the log group.",
        "A trail that nobody looks at tells afterwards only.", "", &["CIS 4.1 to 4.15", "CloudWatch.1 to CloudWatch.14"], "$0.10 per alarm and month"),
    key("alarms.filters", "Which of CIS's filters, by name; empty: all fifteen.",
        "All of them, as the benchmark asks.", "", &["CIS 4.1 to 4.15"], "$0.10 per alarm and month"),
    key("alarms.namespace", "The namespace of the filters' metrics.", "So that they are not mixed with others' metrics.", "", &[], "$0.30 per metric and month"),
    key("alarms.topic", "The SNS topic that alarms go to; made if it does not exist.", "One place to subscribe to.", "", &["CloudWatch.15"], NOTHING),
    key("alarms.subscribers", "E-mail addresses that the topic tells; each has to confirm once.",
        "Empty: an alarm that nobody hears; `check` says so.", "", &["CloudWatch.15"], "the first 1,000 e-mails a month are free"),

    key("notifications.enabled", "Whether the trail tells an SNS topic of each log file that it delivers.",
        "Off: for programs that read log files as they arrive; people want the alarms.", "", &[], "the first million notices a month are free"),
    key("notifications.topic", "The name of that topic, in the trail's home Region; made if it does not exist. `{account}` and `{trail}` as above.",
        "Not the alarms' topic: whoever waits for an alarm must not get a notice every five minutes.", "", &[], NOTHING),

    key("guard_policies.enabled", "Whether a service control policy keeps members from stopping trails and changing the archive's bucket and key.",
        "Off until `trail.organization` is set. It binds members' root users, as nothing of their own can; never the management account.", GUARD, &[], NOTHING),
    key("guard_policies.name", "The policy's name. `{trail}` as above.", "Policies have random ids; the name is how the control finds its own again.", GUARD, &[], NOTHING),
    key("guard_policies.break_glass", "Patterns of the ARNs that the policy does not bind.",
        "A role for emergencies, whose use sets off an alarm.", GUARD, &[], NOTHING),

    key("account.block_public_access", "Whether Block Public Access is on for the whole account, whatever its buckets say.",
        "Off: it closes buckets of the account that are meant to be public. Set it in an account that only keeps logs.", "", &["S3.1", "CIS 2.1.4"], NOTHING),

    key("data_trails.name", "The name of a further trail, of data events alone, that delivers to the same bucket.",
        "Data events can be many: a trail of their own is changed, and its cost seen, apart from the first.", "", &["S3.22", "S3.23"], "$0.10 per 100,000 data events"),
    key("data_trails.s3", "That trail's data events of S3 objects: `all` buckets, `trail-bucket`, or `none` but those of `data_trails.s3_buckets`.",
        "None: say which, because each event is paid for by each trail that records it.", "", &["S3.22", "S3.23"], "$0.10 per 100,000 data events"),
    key("data_trails.s3_buckets", "Names of further buckets whose objects' events that trail records.",
        "For buckets with what must not leak, where `all` would be too many.", "", &["S3.22", "S3.23"], "$0.10 per 100,000 data events"),
    key("data_trails.lambda", "Whether that trail records every invocation of every Lambda function.",
        "Off: invocations are many, and say little that the functions' own logs do not.", "", &[], "$0.10 per 100,000 data events"),
];
