//! Ways through the bucket.
//!
//! SPEC Amazon S3 User Guide, "Locking objects with Object Lock", "Configuring MFA delete", "Controlling ownership of
//! objects"; Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".

use super::{Need, On, Ways, way};
use crate::who::report::{Effect, Severity};
use crate::who::snapshot::{Bucket, Fact, Retention, Snapshot, Versioning};
use Effect::{Destroys, Hides, Opens, Starves};
use Severity::{Critical, High, Low, Medium};

const LOCK: &str = "Object Lock in compliance mode as the bucket's default retention";
const POLICY: &str = "deny it in a service control policy, with the break-glass role as the one exception; a bucket policy's deny \
                      falls to whoever may replace the bucket policy";

/// What is in force against deleting.
struct Guards<'a> {
    versioning: Versioning,
    /// Whether the bucket has Object Lock.
    locked: bool,
    retention: Option<&'a Retention>,
    /// What was not read.
    unsure: Option<String>,
}

impl<'a> Guards<'a> {
    fn of(bucket: &'a Bucket) -> Self {
        // Nothing is taken to be protected that could not be seen to be.
        let unread = [
            bucket.versioning.unread().map(|_| "versioning or MFA delete prevents it"),
            bucket.lock.unread().map(|_| "Object Lock prevents it"),
        ];
        let unsure: Vec<_> = unread.into_iter().flatten().collect();
        let lock = bucket.lock.known().and_then(Option::as_ref);
        Self {
            versioning: bucket.versioning.known().copied().unwrap_or_default(),
            locked: lock.is_some(),
            retention: lock.and_then(|lock| lock.default.as_ref()),
            unsure: (!unsure.is_empty())
                .then(|| format!("unless {}, which could not be read", unsure.join(", or "))),
        }
    }
}

pub(super) fn ways(snapshot: &Snapshot, ways: &mut Ways) {
    let guards = Guards::of(&snapshot.bucket);
    let before = ways.open.len();
    versions(&guards, ways);
    objects(&guards, ways);
    locks(&guards, ways);
    for way in ways.open.iter_mut().skip(before) {
        way.unsure.clone_from(&guards.unsure);
    }
    settings(&snapshot.bucket, &guards, ways);
}

fn versions(guards: &Guards<'_>, ways: &mut Ways) {
    const DELETE: &str = "delete log files for good, version by version";
    const EMPTY: &str = "empty the bucket and delete it";
    let delete = "s3:DeleteObjectVersion";
    let mode = guards.retention;
    if let Some(retention) = mode.filter(|retention| retention.compliance) {
        let by = format!(
            "Object Lock in compliance mode: for {} after its delivery nobody deletes a version, root included",
            retention.period
        );
        ways.close("delete-versions", DELETE, by.clone());
        ways.close("delete-bucket", EMPTY, by);
        return;
    }
    let device = guards.versioning.mfa_delete;
    let mut actions = vec![delete];
    if mode.is_some() {
        actions.push("s3:BypassGovernanceRetention");
    }
    // A bucket without versions has nothing but the current objects to empty.
    if guards.versioning.enabled || guards.locked {
        let id = if mode.is_some() { "bypass-governance" } else { "delete-versions" };
        let title =
            if mode.is_some() { "bypass governance retention and delete log files for good" } else { DELETE };
        ways.open
            .push(super::Way { device, ..way(id, title, On::Objects, &actions, (Destroys, Critical), LOCK) });
    } else {
        actions = vec!["s3:DeleteObject"];
    }
    let mut needs: Vec<Need> = actions.iter().map(|action| Need { action, on: On::Objects }).collect();
    needs.push(Need { action: "s3:DeleteBucket", on: On::Bucket });
    ways.open.push(super::Way {
        needs,
        device,
        ..way("delete-bucket", EMPTY, On::Bucket, &[], (Destroys, Critical), LOCK)
    });
}

fn objects(guards: &Guards<'_>, ways: &mut Ways) {
    let (delete, put) = (&["s3:DeleteObject"], &["s3:PutObject"]);
    if guards.versioning.enabled {
        let closes = "deny s3:DeleteObject on the log files to everybody";
        let title = "hide log files behind delete markers";
        ways.add("hide-objects", title, On::Objects, delete, (Hides, Medium), closes);
        let title = "put other files over log files; the true ones remain as older versions";
        let closes = "let nobody but CloudTrail put objects under AWSLogs/";
        ways.add("overwrite-objects", title, On::Objects, put, (Hides, Medium), closes);
        // Only a bucket with versions takes replicas.
        let closes =
            "deny s3:ReplicateObject, s3:ReplicateDelete and s3:ReplicateTags on the log files to everybody";
        let title = "put forged log files in as replicas, with dates of the past";
        ways.add("replicate-objects", title, On::Objects, &["s3:ReplicateObject"], (Hides, Medium), closes);
        let title = "hide log files behind replicated delete markers";
        ways.add("replicate-deletes", title, On::Objects, &["s3:ReplicateDelete"], (Hides, Medium), closes);
        let title = "give log files other tags as replicas: rules and policies may go by them";
        ways.add("replicate-tags", title, On::Objects, &["s3:ReplicateTags"], (Hides, Low), closes);
    } else {
        let closes = "switch versioning on, then Object Lock";
        let title = "delete log files: the bucket keeps no versions";
        ways.add("delete-objects", title, On::Objects, delete, (Destroys, Critical), closes);
        let title = "overwrite log files: the bucket keeps no versions";
        ways.add("overwrite-objects", title, On::Objects, put, (Destroys, Critical), closes);
    }
}

fn locks(guards: &Guards<'_>, ways: &mut Ways) {
    if !guards.locked {
        return;
    }
    match guards.retention {
        Some(retention) if retention.compliance => ways.close(
            "shorten-retention",
            "shorten the retention of log files",
            "Object Lock in compliance mode: a retention is only ever lengthened",
        ),
        Some(_) => ways.add(
            "shorten-retention",
            "shorten the retention of log files",
            On::Objects,
            &["s3:PutObjectRetention", "s3:BypassGovernanceRetention"],
            (Opens, High),
            LOCK,
        ),
        None => {}
    }
    ways.add(
        "legal-hold",
        "take legal holds off log files",
        On::Objects,
        &["s3:PutObjectLegalHold"],
        (Opens, Low),
        "deny s3:PutObjectLegalHold to everybody but who sets holds",
    );
    ways.add(
        "lock-configuration",
        "take the default retention away, so that later log files are not locked",
        On::Bucket,
        &["s3:PutBucketObjectLockConfiguration"],
        (Opens, High),
        POLICY,
    );
}

fn settings(bucket: &Bucket, guards: &Guards<'_>, ways: &mut Ways) {
    let mut setting = |id, title, action: &'static str, outcome| {
        ways.add(id, title, On::Bucket, &[action], outcome, POLICY);
    };
    let whole = (Opens, Critical);
    setting(
        "replace-bucket-policy",
        "replace the bucket policy: let anybody in, or shut CloudTrail out",
        "s3:PutBucketPolicy",
        whole,
    );
    let title = "delete the bucket policy: CloudTrail can deliver no more";
    setting("delete-bucket-policy", title, "s3:DeleteBucketPolicy", (Starves, High));
    let title = "make new log files unreadable with another key as the bucket's default encryption";
    setting("bucket-encryption", title, "s3:PutEncryptionConfiguration", (Starves, High));
    let title = "take the public access block off the bucket";
    setting("public-access-block", title, "s3:PutBucketPublicAccessBlock", (Opens, Medium));
    let title = "bring access control lists back, or take them away";
    setting("ownership-controls", title, "s3:PutBucketOwnershipControls", (Opens, Medium));
    let title = "silence what is notified of new log files";
    setting("bucket-notifications", title, "s3:PutBucketNotification", (Hides, Low));
    let title = "switch off the bucket's access log";
    setting("bucket-logging", title, "s3:PutBucketLogging", (Hides, Medium));
    match bucket.acls_count {
        Fact::Known(false) => ways.close(
            "bucket-acl",
            "give the bucket away with an access control list",
            "object ownership is BucketOwnerEnforced: access control lists count for nothing",
        ),
        _ => setting(
            "bucket-acl",
            "give the bucket away with an access control list",
            "s3:PutBucketAcl",
            (Opens, High),
        ),
    }
    let versioned = guards.versioning.enabled;
    let title = "end the copies, or send them elsewhere, with another replication configuration";
    if versioned {
        ways.add(
            "replication",
            title,
            On::Bucket,
            &["s3:PutReplicationConfiguration"],
            (Hides, Medium),
            POLICY,
        );
    }
    expiry(guards, ways);
    suspension(guards, ways);
}

fn expiry(guards: &Guards<'_>, ways: &mut Ways) {
    let title = "let a lifecycle rule expire log files, old versions included";
    let id = "lifecycle";
    let actions = &["s3:PutLifecycleConfiguration"];
    if guards.versioning.mfa_delete {
        let by = "MFA delete: the bucket takes no lifecycle configuration";
        return ways.close(id, title, by);
    }
    let mut added = match guards.retention {
        // An expiry only puts a marker on a version that is locked.
        Some(_) => way(
            id,
            "hide log files behind the delete markers of a lifecycle rule; locked versions stay",
            On::Bucket,
            actions,
            (Hides, Medium),
            POLICY,
        ),
        None => way(id, title, On::Bucket, actions, (Destroys, Critical), LOCK),
    };
    added.unsure.clone_from(&guards.unsure);
    ways.open.push(added);
}

fn suspension(guards: &Guards<'_>, ways: &mut Ways) {
    let title = "suspend versioning: from then on files are overwritten and deleted for good";
    if guards.locked {
        return ways.close("suspend-versioning", title, "Object Lock: versioning cannot be suspended");
    }
    if !guards.versioning.enabled && guards.unsure.is_none() {
        return;
    }
    let mut added =
        way("suspend-versioning", title, On::Bucket, &["s3:PutBucketVersioning"], (Opens, High), LOCK);
    added.device = guards.versioning.mfa_delete;
    added.unsure.clone_from(&guards.unsure);
    ways.open.push(added);
}
