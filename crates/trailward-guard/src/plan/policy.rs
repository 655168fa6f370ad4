//! Policies: the control's own statements, put into a policy beside everybody else's.

use super::Call;
use crate::account::Snapshot;
use crate::control::Control;
use serde_json::{Value, json};

const SERVICE: &str = "cloudtrail.amazonaws.com";

/// What keeps log files in the bucket.
///
/// Replication writes objects and delete markers by actions of its own, which a deny of the usual ones does not reach.
pub const DELETES: &[&str] = &[
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ReplicateDelete",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
];

/// What keeps the bucket as it is.
///
/// SPEC Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
pub const CHANGES: &[&str] = &[
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutReplicationConfiguration",
];

/// What stops or blinds a trail.
pub const TRAIL_ACTIONS: &[&str] = &[
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors",
    "cloudtrail:RemoveTags",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
];

/// What makes a key useless.
pub const KEY_ACTIONS: &[&str] = &["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"];

/// A trail's name as a part of a statement's, which has letters and digits alone.
fn suffix(arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// One as itself, several as a list.
fn one_or_all(mut all: Vec<String>) -> Value {
    match (all.len(), all.pop()) {
        (1, Some(one)) => json!(one),
        (_, last) => all.into_iter().chain(last).collect(),
    }
}

/// The statements of the bucket's policy.
pub fn bucket_statements(control: &Control, snapshot: &Snapshot) -> Vec<Value> {
    let (partition, owner) = (&snapshot.partition, super::trail_owner(control, snapshot));
    let bucket = format!("arn:{partition}:s3:::{}", control.bucket.name);
    let prefix = match control.bucket.prefix.as_str() {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let principal = json!({ "Service": SERVICE });
    let mut statements = Vec::new();
    for trail in super::trail_arns(control, snapshot) {
        let suffix = suffix(&trail);
        let write = |sid: &str, owner: &str| {
            json!({ "Sid": format!("{sid}{suffix}"), "Effect": "Allow", "Principal": principal,
                "Action": "s3:PutObject", "Resource": format!("{bucket}/{prefix}AWSLogs/{owner}/*"),
                "Condition": { "StringEquals": {
                    "aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control" } } })
        };
        statements.push(
            json!({ "Sid": format!("TrailAclCheck{suffix}"), "Effect": "Allow", "Principal": principal,
            "Action": "s3:GetBucketAcl", "Resource": bucket,
            "Condition": { "StringEquals": { "aws:SourceArn": trail } } }),
        );
        statements.push(write("TrailWrite", owner));
        if let Some(organization) = super::organization_id(control, snapshot) {
            statements.push(write("TrailOrganizationWrite", organization));
        }
    }
    let both = json!([bucket, format!("{bucket}/*")]);
    if control.bucket.policy.deny_insecure_transport {
        statements.push(
            json!({ "Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": both, "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
        );
    }
    if control.bucket.policy.deny_delete {
        statements
            .push(json!({ "Sid": "DenyDeletingLogs", "Effect": "Deny", "Principal": "*", "Action": DELETES,
            "Resource": both }));
    }
    if !control.bucket.policy.break_glass.is_empty() {
        statements.push(
            json!({ "Sid": "DenyChangingBucket", "Effect": "Deny", "Principal": "*", "Action": CHANGES,
            "Resource": both, "Condition": {
                "ArnNotLike": { "aws:PrincipalArn": control.bucket.policy.break_glass },
                "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } } }),
        );
    }
    statements
}

/// The statements of the policy of the bucket that the access log goes to.
pub fn access_log_statements(control: &Control, snapshot: &Snapshot) -> Vec<Value> {
    let (partition, log) = (&snapshot.partition, &control.bucket.access_log);
    let target = format!("arn:{partition}:s3:::{}", log.bucket);
    let source = format!("arn:{partition}:s3:::{}", control.bucket.name);
    let mut statements = vec![json!({ "Sid": "S3ServerAccessLogs", "Effect": "Allow",
        "Principal": { "Service": "logging.s3.amazonaws.com" }, "Action": "s3:PutObject",
        "Resource": format!("{target}/{}*", log.prefix), "Condition": {
            "ArnLike": { "aws:SourceArn": source },
            "StringEquals": { "aws:SourceAccount": control.bucket.account } } })];
    if control.bucket.policy.deny_insecure_transport {
        statements.push(
            json!({ "Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [target, format!("{target}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
        );
    }
    statements
}

/// The statements of the key's policy.
///
/// SPEC CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail".
pub fn key_statements(control: &Control, snapshot: &Snapshot) -> Vec<Value> {
    let (partition, account) = (&snapshot.partition, &snapshot.account);
    let source = json!({ "aws:SourceArn": one_or_all(super::trail_arns(control, snapshot)) });
    let principal = json!({ "Service": SERVICE });
    let owner = super::trail_owner(control, snapshot);
    let root = format!("arn:{partition}:iam::{account}:root");
    let mut statements = vec![
        json!({ "Sid": "AccountPolicies", "Effect": "Allow", "Principal": { "AWS": root }, "Action": "kms:*",
            "Resource": "*" }),
        json!({ "Sid": "TrailEncrypt", "Effect": "Allow", "Principal": principal, "Action": "kms:GenerateDataKey*",
            "Resource": "*", "Condition": { "StringEquals": source, "StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn": format!("arn:{partition}:cloudtrail:*:{owner}:trail/*") } } }),
        json!({ "Sid": "TrailDescribe", "Effect": "Allow", "Principal": principal, "Action": "kms:DescribeKey",
            "Resource": "*", "Condition": { "StringEquals": source } }),
    ];
    let keepers = &control.bucket.policy.break_glass;
    if !keepers.is_empty() {
        let keepers: Vec<&String> = std::iter::once(&root).chain(keepers).collect();
        statements.push(
            json!({ "Sid": "DenyChangingKey", "Effect": "Deny", "Principal": "*", "Action": KEY_ACTIONS,
            "Resource": "*", "Condition": { "ArnNotLike": { "aws:PrincipalArn": keepers } } }),
        );
    }
    statements
}

/// The service control policy: nobody in a member account stops a trail, leaves, closes the account, or touches the
/// archive.
pub fn guard_document(control: &Control, snapshot: &Snapshot) -> Value {
    let partition = &snapshot.partition;
    let bucket = format!("arn:{partition}:s3:::{}", control.bucket.name);
    let unless = json!({ "ArnNotLike": { "aws:PrincipalArn": control.guard_policies.break_glass } });
    let archive: Vec<&str> = DELETES.iter().chain(CHANGES).copied().collect();
    let mut statements = vec![
        json!({ "Sid": "GuardTrails", "Effect": "Deny", "Action": TRAIL_ACTIONS, "Resource": "*", "Condition": unless }),
        json!({ "Sid": "GuardArchive", "Effect": "Deny", "Action": archive,
            "Resource": [bucket, format!("{bucket}/*")], "Condition": unless }),
        json!({ "Sid": "StayInTheOrganization", "Effect": "Deny",
            "Action": ["account:CloseAccount", "organizations:LeaveOrganization"], "Resource": "*" }),
    ];
    if let Some(key) = snapshot.key.present() {
        statements
            .push(json!({ "Sid": "GuardKey", "Effect": "Deny", "Action": KEY_ACTIONS, "Resource": key.arn,
            "Condition": unless }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The trust policy of the role that CloudTrail writes to the log group with. CloudTrail says neither `aws:SourceArn` nor
/// `aws:SourceAccount` when it takes the role, so that a condition on them would shut it out.
///
/// SPEC CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring".
pub fn log_role_trust() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": SERVICE },
        "Action": "sts:AssumeRole" }] })
}

/// What that role may do.
///
/// SPEC CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring".
pub fn log_role_policy(control: &Control, snapshot: &Snapshot) -> Value {
    let (partition, account, region) = (&snapshot.partition, &snapshot.account, &control.trail.region);
    let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{}", control.log_group.name);
    let owner = super::trail_owner(control, snapshot);
    let mut streams = vec![format!("{group}:log-stream:{owner}_CloudTrail_{region}*")];
    if let Some(organization) = super::organization_id(control, snapshot) {
        streams.push(format!("{group}:log-stream:{organization}_*"));
    }
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams }] })
}

/// The statement of the topic's policy that lets alarms in.
pub fn topic_statement(control: &Control, snapshot: &Snapshot) -> Value {
    let (partition, account, region) = (&snapshot.partition, &snapshot.account, &control.trail.region);
    json!({ "Sid": "TrailAlarms", "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": "sns:Publish", "Resource": format!("arn:{partition}:sns:{region}:{account}:{}", control.alarms.topic),
        "Condition": { "ArnLike": { "aws:SourceArn": format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:*") },
            "StringEquals": { "aws:SourceAccount": account } } })
}

/// The statement of the policy of the topic for log files that lets the trail in.
///
/// SPEC CloudTrail user guide, "Amazon SNS topic policy for CloudTrail".
pub fn notices_statement(control: &Control, snapshot: &Snapshot) -> Value {
    let (partition, account, region) = (&snapshot.partition, &snapshot.account, &control.trail.region);
    let topic = format!("arn:{partition}:sns:{region}:{account}:{}", control.notifications.topic);
    json!({ "Sid": "TrailNotices", "Effect": "Allow", "Principal": { "Service": SERVICE },
        "Action": "sns:Publish", "Resource": topic,
        "Condition": { "StringEquals": { "aws:SourceArn": super::trail_arn(control, snapshot) } } })
}

/// A policy with the control's statements among everybody else's: a statement with the name of one of them is replaced,
/// missing ones are added, all others stay as and where they are. `Ok(None)`: nothing differs.
pub fn merged(policy: Option<&str>, ours: &[Value]) -> Result<Option<Value>, String> {
    let mut document: Value = match policy {
        Some(text) if !text.is_empty() => serde_json::from_str(text).map_err(|error| error.to_string())?,
        _ => json!({ "Version": "2012-10-17", "Statement": [] }),
    };
    let Some(statements) = document.get_mut("Statement") else {
        return Err("it has no `Statement`".to_owned());
    };
    if statements.is_object() {
        *statements = json!([statements.take()]);
    }
    let Some(list) = statements.as_array_mut() else {
        return Err("its `Statement` is no list".to_owned());
    };
    let mut differs = false;
    for statement in ours {
        match list.iter_mut().find(|there| there.get("Sid") == statement.get("Sid")) {
            Some(there) if canonical(there) == canonical(statement) => {}
            Some(there) => {
                there.clone_from(statement);
                differs = true;
            }
            None => {
                list.push(statement.clone());
                differs = true;
            }
        }
    }
    Ok(differs.then_some(document))
}

/// The same value however it is spelt: a list of one is its one, lists are in order, an account is its root user's ARN.
pub fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(canonical).collect();
            list.sort_by_cached_key(Value::to_string);
            match list.as_mut_slice() {
                [one] => one.take(),
                _ => Value::Array(list),
            }
        }
        Value::Object(map) => {
            // `{"AWS": "*"}` is `"*"`.
            if map.len() == 1 && map.get("AWS").is_some_and(|all| all == "*") {
                return json!("*");
            }
            Value::Object(map.iter().map(|(name, value)| (name.clone(), canonical(value))).collect())
        }
        Value::Bool(truth) => Value::String(truth.to_string()),
        other => other.clone(),
    }
}

/// A policy as it is shown.
pub(super) fn shown(policy: Option<&str>) -> Value {
    policy.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
}

/// The command that puts a policy back; `put` is the call that puts one.
pub(super) fn undo(resource: &str, before: Option<&str>, put: impl FnOnce(&str) -> Call) -> String {
    match before {
        Some(text) => put(text).command(),
        None => format!("there was no policy of {resource}: delete it"),
    }
}

/// Whether two policies say the same, as far as spelling goes.
pub fn same(a: &str, b: &Value) -> bool {
    serde_json::from_str::<Value>(a).is_ok_and(|a| canonical(&a) == canonical(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_statements_stay() {
        let ours = [
            json!({ "Sid": "A", "Effect": "Deny", "Action": ["s3:X"] }),
            json!({ "Sid": "B", "Effect": "Deny" }),
        ];
        let there = r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Effect":"Allow","Sid":"F"},{"Sid":"A","Effect":"Allow"}]}"#;
        let merged = super::merged(Some(there), &ours).unwrap().unwrap();
        assert_eq!(merged["Statement"], json!([{"Effect":"Allow","Sid":"F"}, ours[0], ours[1]]));
        assert_eq!(merged["Id"], "x");
        let again = merged.to_string().replace("[\"s3:X\"]", "\"s3:X\"");
        assert_eq!(super::merged(Some(&again), &ours), Ok(None));
        let single = r#"{"Statement":{"Sid":"F"}}"#;
        assert_eq!(super::merged(Some(single), &ours).unwrap().unwrap()["Statement"][0]["Sid"], "F");
        for bad in ["{", "[]", r#"{"Statement":1}"#] {
            assert!(super::merged(Some(bad), &ours).is_err(), "{bad}");
        }
    }
}
