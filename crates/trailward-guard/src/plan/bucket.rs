//! The bucket, and the bucket that its access log goes to.

use super::steps::{Change, Steps};
use super::{Call, policy};
use crate::account::{
    AbortUpload, Block, Bucket, Encryption, Expiration, Fact, LifecycleFilter, LifecycleRule, Lock, Logging,
    NoncurrentExpiration, Transition, Versioning,
};
use crate::control::{Control, Protection};
use crate::preflight::{self, BucketFacts, Facts, FoundKey, KeyFacts, Proposal};
use crate::shell::{ascii, word};
use serde_json::{Value, json};

/// The name of the control's lifecycle rule.
pub const LIFECYCLE_RULE: &str = "trail-log-files";

/// The name of the control's replication rule.
pub const REPLICATION_RULE: &str = "trail-copy";

/// Which of the two buckets, and where.
struct Place<'a> {
    /// `bucket` or `access-log`.
    kind: &'static str,
    name: &'a str,
    region: &'a str,
}

impl Place<'_> {
    fn id(&self, part: &str) -> String {
        format!("{}.{part}", self.kind)
    }

    fn call(&self, operation: &str, member: &str, value: &Value) -> Call {
        Call::new("s3api", operation, self.region, json!({ "Bucket": self.name, member: value }))
    }
}

/// The bucket that the access log goes to.
pub(super) fn access_log(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    if !control.bucket.access_log.enabled {
        return;
    }
    let place = Place {
        kind: "access-log",
        name: &control.bucket.access_log.bucket,
        region: snapshot.access_log.region.present().unwrap_or(&control.trail.region),
    };
    let Some(bucket) = exists(steps, &place, &snapshot.access_log, false) else { return };
    if let Fact::Present(Lock { days: 1.., .. }) = bucket.lock {
        steps.instruct(
            "access-log.lock",
            format!("remove the default retention of {}, or name another bucket", place.name),
            "S3 cannot write access logs into a bucket with a default retention; taking one away weakens that bucket",
            vec![format!(
                "aws s3api put-object-lock-configuration --bucket {} --object-lock-configuration ObjectLockEnabled=Enabled",
                place.name
            )],
        );
    }
    block(steps, &place, &bucket);
    ownership(steps, &place, &bucket);
    let plain = Encryption { algorithm: "AES256".into(), ..Encryption::default() };
    // S3 writes access logs under its own key alone.
    encryption(steps, &place, &bucket, &plain, |there| there.algorithm == "AES256");
    let ours = policy::access_log_statements(control, snapshot);
    put_policy(steps, &place, &bucket, ours);
}

/// The trail's bucket.
pub(super) fn plan(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    let place = Place {
        kind: "bucket",
        name: &control.bucket.name,
        region: snapshot.bucket.region.present().unwrap_or(&control.trail.region),
    };
    let locked = control.bucket.protection == Protection::Lock;
    let Some(bucket) = exists(steps, &place, &snapshot.bucket, locked) else { return };
    block(steps, &place, &bucket);
    ownership(steps, &place, &bucket);
    versioning(steps, &place, &bucket);
    default_encryption(steps, &place, &bucket);
    if locked {
        lock(steps, &place, &bucket);
    }
    lifecycle(steps, &place, &bucket);
    logging(steps, &place, &bucket);
    replication(steps, &place, &bucket);
    let ours = policy::bucket_statements(control, snapshot);
    put_policy(steps, &place, &bucket, ours);
    obstacles(steps, &bucket);
}

/// Plans to make the bucket if it is not there. What to go on with: the bucket, or what a new one is like.
fn exists(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket, locked: bool) -> Option<Bucket> {
    let nothing = Bucket {
        name: place.name.to_owned(),
        region: Fact::Present(place.region.to_owned()),
        ..Bucket::default()
    };
    match &bucket.region {
        Fact::Present(_) => Some(bucket.clone()),
        // What is not known of another account's bucket is told as if nothing of it were there.
        Fact::Unreadable(_) if steps.is_abroad() => Some(nothing),
        Fact::Unreadable(why) => {
            steps.unknown(&place.id("exists"), why);
            None
        }
        Fact::Absent | Fact::NotAsked => {
            let mut input = json!({ "Bucket": place.name });
            if place.region != "us-east-1"
                && let Some(map) = input.as_object_mut()
            {
                map.insert("CreateBucketConfiguration".into(), json!({ "LocationConstraint": place.region }));
            }
            if locked && let Some(map) = input.as_object_mut() {
                map.insert("ObjectLockEnabledForBucket".into(), json!(true));
            }
            let reason = match place.kind {
                "bucket" => "log files go to a bucket of their own",
                _ => "the access log goes to another bucket than the one it is about",
            };
            steps.change(Change {
                id: &place.id("exists"),
                resource: place.name,
                before: Value::Null,
                after: json!({ "region": place.region, "objectLock": locked }),
                reason,
                undo: format!("aws s3api delete-bucket --bucket {} (while it is empty)", place.name),
                calls: vec![Call::new("s3api", "CreateBucket", place.region, input)],
            });
            let versioning = Versioning { enabled: true, mfa_delete: false };
            Some(Bucket {
                lock: if locked { Fact::Present(Lock::default()) } else { Fact::Absent },
                versioning: if locked { Fact::Present(versioning) } else { Fact::Absent },
                ..nothing
            })
        }
    }
}

fn block(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let Ok(there) = steps.known(&place.id("block"), &bucket.block) else { return };
    if there == Some(&Block::ALL) {
        return;
    }
    let after = json!(Block::ALL);
    steps.change(Change {
        id: &place.id("block"),
        resource: place.name,
        before: there.map_or(Value::Null, |block| json!(block)),
        calls: vec![place.call("PutPublicAccessBlock", "PublicAccessBlockConfiguration", &after)],
        after,
        reason: "nothing in it is ever public, whatever a policy or an ACL says",
        undo: format!("aws s3api delete-public-access-block --bucket {}", place.name),
    });
}

/// Block Public Access of the whole account.
pub(super) fn account_block(steps: &mut Steps<'_>) {
    if !steps.control.account.block_public_access {
        return;
    }
    let (snapshot, region) = (steps.snapshot, &steps.control.trail.region);
    let Ok(there) = steps.known("account.block", &snapshot.account_block) else { return };
    if there == Some(&Block::ALL) {
        return;
    }
    let account = &snapshot.account;
    let after = json!(Block::ALL);
    let put = |block: &Value| {
        let input = json!({ "AccountId": account, "PublicAccessBlockConfiguration": block });
        Call::new("s3control", "PutPublicAccessBlock", region, input)
    };
    steps.change(Change {
        id: "account.block",
        resource: account,
        before: there.map_or(Value::Null, |block| json!(block)),
        calls: vec![put(&after)],
        reason: "no bucket of the account is ever public, whatever the bucket itself says",
        undo: match there {
            Some(block) => put(&json!(block)).command(),
            None => format!("aws s3control delete-public-access-block --account-id {account}"),
        },
        after,
    });
}

fn ownership(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let Ok(there) = steps.known(&place.id("ownership"), &bucket.ownership) else { return };
    if there.is_some_and(|ownership| ownership == "BucketOwnerEnforced") {
        return;
    }
    let after = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] });
    steps.change(Change {
        id: &place.id("ownership"),
        resource: place.name,
        before: there.map_or(Value::Null, |ownership| json!({ "ObjectOwnership": ownership })),
        calls: vec![place.call("PutBucketOwnershipControls", "OwnershipControls", &after)],
        after,
        reason: "policies alone decide; ACLs are off",
        undo: format!("aws s3api delete-bucket-ownership-controls --bucket {}", place.name),
    });
}

fn versioning(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let Ok(there) = steps.known("bucket.versioning", &bucket.versioning) else { return };
    if there.is_none_or(|versioning| !versioning.enabled) {
        let after = json!({ "Status": "Enabled" });
        steps.change(Change {
            id: "bucket.versioning",
            resource: place.name,
            before: json!({ "Status": if there.is_some() { "Suspended" } else { "Off" } }),
            calls: vec![place.call("PutBucketVersioning", "VersioningConfiguration", &after)],
            after,
            reason: "deleting or overwriting a log file leaves the version that was there",
            undo: format!(
                "aws s3api put-bucket-versioning --bucket {} --versioning-configuration Status=Suspended",
                place.name
            ),
        });
    }
    let mfa = there.is_some_and(|versioning| versioning.mfa_delete);
    if steps.control.bucket.protection == Protection::MfaDelete && !mfa {
        let (partition, account) = (&steps.snapshot.partition, &steps.snapshot.account);
        steps.instruct(
            "bucket.mfa-delete",
            format!("switch on MFA delete for {}", place.name),
            "only the root user can, with a code of its own MFA device and over TLS",
            vec![format!(
                "aws s3api put-bucket-versioning --bucket {} --versioning-configuration Status=Enabled,MFADelete=Enabled \
                 --mfa 'arn:{partition}:iam::{account}:mfa/root-account-mfa-device CODE'",
                place.name
            )],
        );
    }
}

fn default_encryption(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    if !steps.control.key.enabled {
        let plain = Encryption { algorithm: "AES256".into(), ..Encryption::default() };
        encryption(steps, place, bucket, &plain, |_| true);
        return;
    }
    if steps.snapshot.key.unreadable().is_some() {
        return;
    }
    let key = super::key_arn(steps.snapshot);
    let wanted = Encryption { algorithm: "aws:kms".into(), key: key.clone(), bucket_key: false };
    encryption(steps, place, bucket, &wanted, |there| {
        there.algorithm.starts_with("aws:kms") && there.key == key
    });
}

fn encryption(
    steps: &mut Steps<'_>,
    place: &Place<'_>,
    bucket: &Bucket,
    wanted: &Encryption,
    fits: impl Fn(&Encryption) -> bool,
) {
    let Ok(there) = steps.known(&place.id("encryption"), &bucket.encryption) else { return };
    if there.is_some_and(fits) {
        return;
    }
    let shape = |encryption: &Encryption| {
        let mut default = json!({ "SSEAlgorithm": encryption.algorithm });
        if !encryption.key.is_empty()
            && let Some(map) = default.as_object_mut()
        {
            map.insert("KMSMasterKeyID".into(), json!(encryption.key));
        }
        json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": encryption.bucket_key }] })
    };
    let after = shape(wanted);
    let before = there.map_or(Value::Null, shape);
    let reason = match (place.kind, wanted.key.is_empty()) {
        ("access-log", _) => "S3 writes access logs under its own key alone",
        (_, true) => "objects are encrypted, whoever puts them",
        (_, false) => "objects are encrypted under the trail's key, whoever puts them",
    };
    steps.change(Change {
        id: &place.id("encryption"),
        resource: place.name,
        calls: vec![place.call("PutBucketEncryption", "ServerSideEncryptionConfiguration", &after)],
        after,
        reason,
        undo: undo(place, "put-bucket-encryption", "server-side-encryption-configuration", &before),
        before,
    });
}

fn undo(place: &Place<'_>, command: &str, option: &str, before: &Value) -> String {
    if before.is_null() {
        return format!(
            "there was none: aws s3api {} --bucket {}",
            command.replace("put-", "delete-"),
            place.name
        );
    }
    format!("aws s3api {command} --bucket {} --{option} {}", place.name, word(&ascii(before)))
}

fn lock(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let Ok(there) = steps.known("bucket.lock", &bucket.lock) else { return };
    let wanted =
        Lock { mode: steps.control.bucket.lock.mode.aws().into(), days: steps.control.bucket.lock.days };
    let none = Lock::default();
    let now = there.unwrap_or(&none);
    let strict = |lock: &Lock| lock.mode == "COMPLIANCE";
    // Neither the mode nor the time gets less, unless that is asked for.
    let mut after = wanted.clone();
    if !steps.weaken {
        after.days = after.days.max(now.days);
        if strict(now) {
            after.mode.clone_from(&now.mode);
        }
    }
    if now.days > wanted.days && !steps.weaken {
        steps.keep(format!("bucket.lock: {} days, where the control asks for {}", now.days, wanted.days));
    }
    if strict(now) && !strict(&wanted) && !steps.weaken {
        steps.keep("bucket.lock: compliance, where the control asks for governance".into());
    }
    if there.is_some() && *now == after {
        return;
    }
    let shape = |lock: &Lock| json!({ "ObjectLockEnabled": "Enabled", "Rule": { "DefaultRetention": { "Mode": lock.mode, "Days": lock.days } } });
    let weakens = after.days < now.days || (strict(now) && !strict(&after));
    let value = shape(&after);
    let change = Change {
        id: "bucket.lock",
        resource: place.name,
        before: there.map_or(Value::Null, |lock| match lock.days {
            0 => json!({ "ObjectLockEnabled": "Enabled" }),
            _ => shape(lock),
        }),
        calls: vec![place.call("PutObjectLockConfiguration", "ObjectLockConfiguration", &value)],
        after: value,
        reason: "a log file cannot be deleted before its day",
        undo:
            "the default can be changed back; files that were delivered meanwhile stay locked until their day"
                .into(),
    };
    if weakens { steps.weakening(change) } else { steps.change(change) }
}

/// The control's rule.
fn rule(control: &Control) -> LifecycleRule {
    let cold = &control.bucket.lifecycle;
    let days = |days: u32| (days > 0).then(|| i32::try_from(days).unwrap_or(i32::MAX));
    let to = |(class, after): (&str, u32)| Transition {
        date: None,
        days: days(after),
        storage_class: class.into(),
    };
    LifecycleRule {
        id: Some(LIFECYCLE_RULE.into()),
        status: "Enabled".into(),
        filter: Some(LifecycleFilter { prefix: Some(String::new()), ..LifecycleFilter::default() }),
        expiration: days(cold.expire_days)
            .map(|days| Expiration { days: Some(days), ..Expiration::default() }),
        transitions: cold.transitions().map(to).collect(),
        noncurrent_version_expiration: days(cold.noncurrent_days).map(|days| NoncurrentExpiration {
            noncurrent_days: Some(days),
            newer_noncurrent_versions: None,
        }),
        abort_incomplete_multipart_upload: days(cold.abort_upload_days)
            .map(|days| AbortUpload { days_after_initiation: Some(days) }),
        ..LifecycleRule::default()
    }
}

/// Whether a rule is as the control has it.
pub fn is_ours(control: &Control, there: &LifecycleRule) -> bool {
    same_rule(there, &rule(control))
}

/// The same rule however it is spelt: an empty prefix is no filter.
fn same_rule(a: &LifecycleRule, b: &LifecycleRule) -> bool {
    let plain = |rule: &LifecycleRule| {
        let mut rule = rule.clone();
        let nothing = |filter: &LifecycleFilter| {
            *filter == LifecycleFilter::default()
                || *filter == LifecycleFilter { prefix: Some(String::new()), ..LifecycleFilter::default() }
        };
        if rule.filter.as_ref().is_none_or(nothing) {
            rule.filter = None;
        }
        rule.prefix = rule.prefix.filter(|prefix| !prefix.is_empty());
        rule.transitions.sort_by_key(|transition| transition.days);
        rule
    };
    plain(a) == plain(b)
}

fn lifecycle(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let Ok(there) = steps.known("bucket.lifecycle", &bucket.lifecycle) else { return };
    for rule in there.iter().flat_map(|lifecycle| &lifecycle.rules) {
        if let Some(problem) = too_early(steps.control, rule) {
            let name = rule.id.as_deref().unwrap_or("without a name");
            steps.instruct(
                "bucket.lifecycle.foreign",
                format!("change or remove the lifecycle rule {name} of {}: {problem}", place.name),
                "it is not the control's, and rules of others are never dropped",
                vec![format!("aws s3api get-bucket-lifecycle-configuration --bucket {}", place.name)],
            );
        }
    }
    // S3 takes no rules together with MFA delete.
    if !steps.control.bucket.lifecycle.enabled {
        return;
    }
    let wanted = rule(steps.control);
    let mut after = there.cloned().unwrap_or_default();
    match after.rules.iter_mut().find(|rule| rule.id.as_deref() == Some(LIFECYCLE_RULE)) {
        Some(rule) if same_rule(rule, &wanted) => return,
        Some(rule) => *rule = wanted,
        None => after.rules.push(wanted),
    }
    let value = json!({ "Rules": after.rules });
    let before = there.map_or(Value::Null, |lifecycle| json!({ "Rules": lifecycle.rules }));
    let mut call = place.call("PutBucketLifecycleConfiguration", "LifecycleConfiguration", &value);
    if let (Some(size), Some(map)) =
        (&after.transition_default_minimum_object_size, call.input.as_object_mut())
    {
        map.insert("TransitionDefaultMinimumObjectSize".into(), json!(size));
    }
    steps.change(Change {
        id: "bucket.lifecycle",
        resource: place.name,
        undo: match &before {
            Value::Null => format!("aws s3api delete-bucket-lifecycle --bucket {}", place.name),
            before => undo(place, "put-bucket-lifecycle-configuration", "lifecycle-configuration", before),
        },
        before,
        after: value,
        reason: "files get colder with age; what lies under delete markers goes after the lock's end, not before",
        calls: vec![call],
    });
}

/// Why an enabled rule that is not the control's removes log files too early.
pub fn too_early(control: &Control, rule: &LifecycleRule) -> Option<String> {
    if rule.status != "Enabled" || rule.id.as_deref() == Some(LIFECYCLE_RULE) {
        return None;
    }
    let keep = match control.bucket.protection {
        Protection::Lock => control.bucket.lock.days,
        _ => 365,
    };
    let keep = i32::try_from(keep).unwrap_or(i32::MAX);
    if let Some(expiration) = &rule.expiration {
        if let Some(days) = expiration.days.filter(|days| *days < keep) {
            return Some(format!("it expires files after {days} days, of {keep}"));
        }
        if let Some(date) = &expiration.date {
            return Some(format!("it expires all files on {date}"));
        }
    }
    let noncurrent = rule.noncurrent_version_expiration.as_ref()?.noncurrent_days?;
    (noncurrent <= keep)
        .then(|| format!("it removes what lies under a delete marker after {noncurrent} days, of {keep}"))
}

fn logging(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let log = &steps.control.bucket.access_log;
    if !log.enabled {
        return;
    }
    let Ok(there) = steps.known("bucket.access-log", &bucket.logging) else { return };
    let wanted = Logging { bucket: log.bucket.clone(), prefix: log.prefix.clone() };
    if there == Some(&wanted) {
        return;
    }
    let shape = |logging: &Logging| json!({ "LoggingEnabled": { "TargetBucket": logging.bucket, "TargetPrefix": logging.prefix } });
    let after = shape(&wanted);
    let (before, none) = (there.map_or(Value::Null, shape), json!({}));
    steps.change(Change {
        id: "bucket.access-log",
        resource: place.name,
        undo: format!(
            "aws s3api put-bucket-logging --bucket {} --bucket-logging-status {}",
            place.name,
            word(&ascii(if before.is_null() { &none } else { &before }))
        ),
        before,
        calls: vec![place.call("PutBucketLogging", "BucketLoggingStatus", &after)],
        after,
        reason: "it also shows requests that no trail records",
    });
}

/// The rule that copies the bucket, with the role, as S3 wants them.
///
/// SPEC Amazon S3 API Reference, `PutBucketReplication`.
pub fn replication_configuration(control: &Control, partition: &str) -> Value {
    let copy = &control.bucket.replication;
    let mut destination = json!({ "Bucket": format!("arn:{partition}:s3:::{}", copy.bucket) });
    let mut rule = json!({ "ID": REPLICATION_RULE, "Priority": 1, "Status": "Enabled", "Filter": { "Prefix": "" },
        "DeleteMarkerReplication": { "Status": "Disabled" } });
    if let (Some(to), Some(of)) = (destination.as_object_mut(), rule.as_object_mut()) {
        if !copy.account.is_empty() {
            to.insert("Account".into(), json!(copy.account));
            to.insert("AccessControlTranslation".into(), json!({ "Owner": "Destination" }));
        }
        if control.key.enabled {
            to.insert("EncryptionConfiguration".into(), json!({ "ReplicaKmsKeyID": copy.key }));
            let encrypted = json!({ "SseKmsEncryptedObjects": { "Status": "Enabled" } });
            of.insert("SourceSelectionCriteria".into(), encrypted);
        }
        of.insert("Destination".into(), destination);
    }
    json!({ "Role": copy.role, "Rules": [rule] })
}

fn replication(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket) {
    let copy = &steps.control.bucket.replication;
    if !copy.enabled {
        return;
    }
    let Ok(there) = steps.known("bucket.replication", &bucket.replication) else { return };
    let target = format!("arn:{}:s3:::{}", steps.snapshot.partition, copy.bucket);
    if there.is_some_and(|targets| targets.contains(&target)) {
        return;
    }
    let configuration = replication_configuration(steps.control, &steps.snapshot.partition);
    let put = place.call("PutBucketReplication", "ReplicationConfiguration", &configuration);
    match there {
        None => steps.change(Change {
            id: "bucket.replication",
            resource: place.name,
            before: Value::Null,
            after: configuration,
            reason: "a second copy of log files, out of reach of whoever takes over the first",
            undo: format!("aws s3api delete-bucket-replication --bucket {}; copies stay", place.name),
            calls: vec![put],
        }),
        // A bucket has one configuration, with one role for all of its rules.
        Some(targets) => steps.instruct(
            "bucket.replication",
            format!("add the rule that copies {} to {} to those there are", place.name, copy.bucket),
            &format!(
                "the bucket is copied to {} already, and rules of others are never dropped",
                targets.join(", ")
            ),
            vec![put.command()],
        ),
    }
}

fn put_policy(steps: &mut Steps<'_>, place: &Place<'_>, bucket: &Bucket, mut ours: Vec<Value>) {
    let id = place.id("policy");
    let Ok(there) = steps.known(&id, &bucket.policy) else { return };
    if !steps.snapshot.secure && steps.control.bucket.policy.deny_insecure_transport {
        ours.retain(|statement| statement.get("Sid").is_none_or(|sid| sid != "DenyInsecureTransport"));
        steps.instruct(
            &format!("{id}.tls"),
            format!("deny requests without TLS to {}", place.name),
            "the endpoint in use is plain HTTP, so that the statement would shut out everybody at once: use an https \
             endpoint, or set `bucket.policy.deny_insecure_transport = false`",
            Vec::new(),
        );
    }
    let before = there.map(String::as_str);
    let put = |text: &str| place.call("PutBucketPolicy", "Policy", &json!(text));
    match policy::merged(before, &ours) {
        Ok(None) => {}
        Ok(Some(after)) => {
            let reason = match place.kind {
                "bucket" => {
                    "CloudTrail writes for this trail alone; nobody deletes log files, or reads them without TLS"
                }
                _ => "S3 writes the access log of this bucket alone",
            };
            steps.change(Change {
                id: &id,
                resource: place.name,
                before: policy::shown(before),
                after: after.clone(),
                reason,
                undo: policy::undo(place.name, before, put),
                calls: vec![put(&after.to_string())],
            });
        }
        Err(problem) => steps.unreadable_policy(&id, place.name, &problem),
    }
}

/// What CloudTrail will ask of bucket and key for each of the control's trails, as the preflight has it.
pub fn proposals(control: &Control, snapshot: &crate::account::Snapshot) -> Vec<Proposal> {
    let arns = super::trail_arns(control, snapshot);
    arns.iter().filter_map(|arn| proposal(arn, control, snapshot)).collect()
}

fn proposal(arn: &str, control: &Control, snapshot: &crate::account::Snapshot) -> Option<Proposal> {
    Some(Proposal {
        trail: arn.parse().ok()?,
        bucket: control.bucket.name.clone(),
        prefix: Some(control.bucket.prefix.clone()).filter(|prefix| !prefix.is_empty()),
        organization: super::organization_id(control, snapshot).map(str::to_owned),
        validation: control.trail.validation,
    })
}

/// The bucket and the key as the preflight wants them, with these policies.
pub fn facts(control: &Control, snapshot: &crate::account::Snapshot, policy: Option<String>) -> Facts {
    let region = snapshot.bucket.region.present().cloned();
    let key = snapshot.key.present().filter(|_| control.key.enabled).map(|key| KeyFacts {
        arn: key.arn.clone(),
        found: key.policy.present().map(|policy| FoundKey {
            policy: policy.clone(),
            state: Some(key.state.clone()),
            symmetric: Some(key.symmetric),
        }),
    });
    Facts { bucket: Some(BucketFacts { region, policy }), topic: None, key, log: None }
}

/// Statements of others that keep CloudTrail out of the bucket even with the control's own beside them.
fn obstacles(steps: &mut Steps<'_>, bucket: &Bucket) {
    let ours = policy::bucket_statements(steps.control, steps.snapshot);
    let there = bucket.policy.present().map(String::as_str);
    let Ok(merged) = policy::merged(there, &ours) else { return };
    let text = merged.map_or_else(|| there.unwrap_or_default().to_owned(), |policy| policy.to_string());
    let mut facts = facts(steps.control, steps.snapshot, Some(text));
    // The key's policy is another step's.
    facts.key = None;
    let all = proposals(steps.control, steps.snapshot);
    // A statement that keeps one trail out mostly keeps all out: the first that is kept out tells.
    let reports = all.iter().filter_map(|proposal| preflight::preflight(proposal, &facts).ok());
    let Some(report) = reports.into_iter().find(|report| !report.findings.is_empty()) else { return };
    for finding in report.findings {
        let named =
            finding.place.and_then(|place| place.sid).map(|sid| format!(" \"{sid}\"")).unwrap_or_default();
        steps.instruct(
            "bucket.policy.foreign",
            format!(
                "change the statement{named} of the policy of {}: {}",
                steps.control.bucket.name, finding.because
            ),
            "it keeps CloudTrail out, and statements of others are never dropped",
            vec![format!(
                "trailward preflight --bucket {} --trail {}",
                steps.control.bucket.name,
                super::trail_arn(steps.control, steps.snapshot)
            )],
        );
    }
}
