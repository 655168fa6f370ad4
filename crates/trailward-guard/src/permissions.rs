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
        let topic = json!(format!("arn:*:sns:*:*:{}", control.alarms.topic));
        statements.push(allow("ReadAlarms", &["cloudwatch:DescribeAlarms"], &all));
        statements.push(allow(
            "ReadTopic",
            &["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
            &topic,
        ));
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

/// What `plan`, `check` and `drift` read. Names have to be filled in, `*` for the account if it is not known.
pub fn reading(control: &Control) -> Value {
    document(&reads(control))
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
    let trail = json!(format!("arn:*:cloudtrail:*:*:trail/{}", control.trail.name));
    statements.push(allow(
        "ChangeTrail",
        &[
            "cloudtrail:CreateTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            "cloudtrail:StartLogging",
            "cloudtrail:UpdateTrail",
        ],
        &trail,
    ));
    statements.push(allow("ChangeBuckets", BUCKET_WRITES, &buckets(control)));
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
        let topic = json!(format!("arn:*:sns:*:*:{}", control.alarms.topic));
        statements.push(allow(
            "ChangeTopic",
            &["sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe"],
            &topic,
        ));
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
