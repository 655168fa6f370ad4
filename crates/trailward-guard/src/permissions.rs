//! The least policy that each command needs.

use crate::control::Control;
use serde_json::{Value, json};

const BUCKET_READS: &[&str] = &[
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
];

const TOPIC_READS: &[&str] = &["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"];

const BUCKET_WRITES: &[&str] = &[
    "s3:CreateBucket",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
];

fn allow(sid: &str, actions: &[&str], resources: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn buckets(control: &Control) -> Value {
    let arn = |name: &str| format!("arn:*:s3:::{name}");
    let mut all = vec![arn(&control.bucket.name)];
    if control.bucket.access_log.enabled {
        all.push(arn(&control.bucket.access_log.bucket));
    }
    json!(all)
}

fn topic(name: &str) -> Value {
    json!(format!("arn:*:sns:*:*:{name}"))
}

fn reads(control: &Control) -> Vec<Value> {
    let all = json!("*");
    let mut statements = vec![
        allow(
            "ReadTrails",
            &[
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetInsightSelectors",
                "cloudtrail:GetTrailStatus",
            ],
            &all,
        ),
        allow("ReadBuckets", BUCKET_READS, &buckets(control)),
        allow("ReadHistory", &["cloudtrail:LookupEvents"], &all),
        allow("ReadAccount", &["iam:GetAccountSummary", "organizations:DescribeOrganization"], &all),
    ];
    if control.key.enabled {
        // An alias says nothing of its key's ARN, and a key without its alias has to be looked for.
        statements.push(allow(
            "ReadKeys",
            &[
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListKeys",
                "kms:ListResourceTags",
            ],
            &all,
        ));
    }
    if control.log_group.enabled {
        let role = json!(format!("arn:*:iam::*:role/{}", control.log_group.role));
        statements.push(allow("ReadLogRole", &["iam:GetRole", "iam:GetRolePolicy"], &role));
        statements.push(allow(
            "ReadLogGroup",
            &["logs:DescribeLogGroups", "logs:DescribeMetricFilters"],
            &all,
        ));
    }
    if control.alarms.enabled {
        let topic = self::topic(&control.alarms.topic);
        statements.push(allow("ReadAlarms", &["cloudwatch:DescribeAlarms"], &all));
        statements.push(allow("ReadTopic", TOPIC_READS, &topic));
    }
    if control.notifications.enabled {
        let topic = self::topic(&control.notifications.topic);
        statements.push(allow("ReadNoticesTopic", TOPIC_READS, &topic));
    }
    if control.account.block_public_access {
        statements.push(allow("ReadAccountBlock", &["s3:GetAccountPublicAccessBlock"], &all));
    }
    if control.trail.organization {
        statements.push(allow(
            "ReadOrganization",
            &[
                "organizations:DescribePolicy",
                "organizations:ListAWSServiceAccessForOrganization",
                "organizations:ListDelegatedAdministrators",
                "organizations:ListPolicies",
                "organizations:ListRoots",
                "organizations:ListTargetsForPolicy",
            ],
            &all,
        ));
    }
    statements
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What `plan` and `check` read. Names have to be filled in, `*` for the account if it is not known.
pub fn reading(control: &Control) -> Value {
    document(&reads(control))
}

/// What `drift` reads: the same, and log files.
pub fn tracing(control: &Control) -> Value {
    let mut statements = reads(control);
    let bucket = format!("arn:*:s3:::{}", control.bucket.name);
    statements.push(allow("ListLogFiles", &["s3:ListBucket"], &json!(bucket)));
    statements.push(allow("ReadLogFiles", &["s3:GetObject"], &json!(format!("{bucket}/*"))));
    if control.key.enabled {
        statements.push(allow("DecryptLogFiles", &["kms:Decrypt"], &json!("*")));
    }
    document(&statements)
}

/// What `check --all-accounts` reads in the account it runs in; in the others the role needs [`reading`].
pub fn reading_all(control: &Control, role: &str) -> Value {
    let mut statements = reads(control);
    statements.push(allow("ListAccounts", &["organizations:ListAccounts"], &json!("*")));
    statements.push(allow("TakeRoles", &["sts:AssumeRole"], &json!(format!("arn:*:iam::*:role/{role}"))));
    document(&statements)
}

/// What `apply` reads and changes.
pub fn applying(control: &Control) -> Value {
    let all = json!("*");
    let mut statements = reads(control);
    let names =
        std::iter::once(&control.trail.name).chain(control.data_trails.iter().map(|trail| &trail.name));
    let trails: Vec<String> = names.map(|name| format!("arn:*:cloudtrail:*:*:trail/{name}")).collect();
    statements.push(allow(
        "ChangeTrails",
        &[
            "cloudtrail:CreateTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            "cloudtrail:StartLogging",
            "cloudtrail:UpdateTrail",
        ],
        &json!(trails),
    ));
    statements.push(allow("ChangeBuckets", BUCKET_WRITES, &buckets(control)));
    if control.bucket.replication.enabled {
        let bucket = json!(format!("arn:*:s3:::{}", control.bucket.name));
        statements.push(allow("ChangeReplication", &["s3:PutReplicationConfiguration"], &bucket));
        statements.push(allow(
            "PassReplicationRole",
            &["iam:PassRole"],
            &json!(control.bucket.replication.role),
        ));
    }
    if control.key.enabled {
        statements.push(allow(
            "ChangeKey",
            &[
                "kms:CancelKeyDeletion",
                "kms:CreateAlias",
                "kms:CreateKey",
                "kms:EnableKey",
                "kms:EnableKeyRotation",
                "kms:PutKeyPolicy",
                "kms:TagResource",
            ],
            &all,
        ));
    }
    if control.log_group.enabled {
        let role = json!(format!("arn:*:iam::*:role/{}", control.log_group.role));
        statements.push(allow(
            "ChangeLogRole",
            &["iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
            &role,
        ));
        let group = json!(format!("arn:*:logs:*:*:log-group:{}*", control.log_group.name));
        statements.push(allow(
            "ChangeLogGroup",
            &["logs:CreateLogGroup", "logs:PutMetricFilter", "logs:PutRetentionPolicy"],
            &group,
        ));
    }
    if control.alarms.enabled {
        let alarms = json!(format!("arn:*:cloudwatch:*:*:alarm:{}-*", control.alarms.namespace));
        statements.push(allow("ChangeAlarms", &["cloudwatch:PutMetricAlarm"], &alarms));
        let topic = self::topic(&control.alarms.topic);
        statements.push(allow(
            "ChangeTopic",
            &["sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe"],
            &topic,
        ));
    }
    if control.notifications.enabled {
        let topic = self::topic(&control.notifications.topic);
        statements.push(allow("ChangeNoticesTopic", &["sns:CreateTopic", "sns:SetTopicAttributes"], &topic));
    }
    if control.account.block_public_access {
        statements.push(allow("ChangeAccountBlock", &["s3:PutAccountPublicAccessBlock"], &all));
    }
    if control.trail.organization {
        statements.push(allow(
            "ChangeOrganization",
            &[
                "iam:CreateServiceLinkedRole",
                "organizations:AttachPolicy",
                "organizations:CreatePolicy",
                "organizations:EnableAWSServiceAccess",
                "organizations:EnablePolicyType",
                "organizations:UpdatePolicy",
            ],
            &all,
        ));
    }
    document(&statements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::DataTrail;

    /// SPEC IAM user guide, "IAM and AWS STS quotas": a managed policy has at most 6,144 characters, without white space.
    #[test]
    fn the_largest_is_one_managed_policy() {
        let mut control = Control::default();
        control.trail.organization = true;
        control.guard_policies.enabled = true;
        control.notifications.enabled = true;
        control.account.block_public_access = true;
        let trail = |n: usize| DataTrail { name: format!("data-events-of-kind-{n}"), ..DataTrail::default() };
        control.data_trails = (0..4).map(trail).collect();
        let control = control.names("111122223333", "us-east-1");
        for policy in [applying(&control), reading_all(&control, "OrganizationAccountAccessRole")] {
            let length = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
            assert!(length < 6_144, "{length}");
        }
    }
}
