//! The least policy that the command needs.

use super::{PreflightArgs, log, topic_arn};
use serde_json::json;
use trailward_model::Arn;

/// What the command reads, and no more.
pub(super) fn least(args: &PreflightArgs, trail: &Arn) -> serde_json::Value {
    let partition = &trail.partition;
    let mut statements = vec![json!({ "Sid": "Trail", "Effect": "Allow", "Action": "cloudtrail:GetTrail",
        "Resource": trail.to_string() })];
    if args.bucket_policy.is_none() {
        statements.push(json!({ "Sid": "Bucket", "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:GetBucketPolicy"],
            "Resource": format!("arn:{partition}:s3:::{}", args.bucket) }));
    }
    if args.topic_policy.is_none()
        && let Some(topic) = args.topic.as_deref().and_then(|topic| topic_arn(topic, trail).ok())
    {
        statements.push(json!({ "Sid": "Topic", "Effect": "Allow", "Action": "sns:GetTopicAttributes",
            "Resource": topic.to_string() }));
    }
    if args.key_policy.is_none()
        && let Some(key) = &args.kms
    {
        // An alias says nothing of its key's ARN.
        let resource = if key.contains(":key/") { key.as_str() } else { "*" };
        statements.push(json!({ "Sid": "Key", "Effect": "Allow",
            "Action": ["kms:DescribeKey", "kms:GetKeyPolicy"], "Resource": resource }));
    }
    if !log::offline(args)
        && let (Some(group), Some(role)) = (&args.log_group, &args.log_role)
        && let (Ok(group), Ok(role)) = (log::group_arn(group), log::role_arn(role))
    {
        // A listing is asked of all groups.
        let groups = format!("arn:{partition}:logs:{}:{}:log-group:*", group.region, group.account);
        statements.push(json!({ "Sid": "LogGroup", "Effect": "Allow", "Action": "logs:DescribeLogGroups",
            "Resource": groups }));
        statements.push(json!({ "Sid": "LogRole", "Effect": "Allow",
            "Action": ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
            "Resource": role.to_string() }));
        statements.push(json!({ "Sid": "LogRolePolicies", "Effect": "Allow",
            "Action": ["iam:GetPolicy", "iam:GetPolicyVersion"],
            "Resource": format!("arn:{partition}:iam::*:policy/*") }));
    }
    if args.organization.as_deref() == Some("") {
        statements.push(json!({ "Sid": "Organization", "Effect": "Allow",
            "Action": "organizations:DescribeOrganization", "Resource": "*" }));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
