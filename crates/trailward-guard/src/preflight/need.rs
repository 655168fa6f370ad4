//! What CloudTrail asks of a bucket, a topic and a key on behalf of a trail.
//!
//! SPEC CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail", "Amazon SNS topic policy for CloudTrail" and
//! "Configure AWS KMS key policies for CloudTrail".

use super::{Facts, Proposal};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use trailward_model::layout;
use trailward_policy::Context;

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The bucket.
    Bucket,
    /// The SNS topic.
    Topic,
    /// The KMS key.
    Key,
    /// Who may take the role that CloudTrail writes to the log group with.
    Trust,
    /// What that role may do.
    Role,
}

impl Subject {
    /// Its policy, in words.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Bucket => "bucket's policy",
            Self::Topic => "topic's policy",
            Self::Key => "key's policy",
            Self::Trust => "log role's trust policy",
            Self::Role => "log role's policy",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bucket => "bucket",
            Self::Topic => "topic",
            Self::Key => "key",
            Self::Trust => "log role's trust",
            Self::Role => "log role",
        })
    }
}

/// One request that CloudTrail will make.
#[derive(Debug, Clone)]
pub struct Need {
    /// What for, such as `write log files`.
    pub purpose: &'static str,
    /// Which policy decides.
    pub subject: Subject,
    /// The action.
    pub action: &'static str,
    /// What it is asked of: an example, if it will be asked of many.
    pub resource: String,
    /// The resource as a policy should name it.
    pub pattern: String,
    /// The error with which `CreateTrail` refuses. `None`: it does not look, and files go missing afterwards.
    pub refusal: Option<&'static str>,
    pub(super) context: Context,
    /// The statement AWS documents for it.
    pub(super) statement: Value,
}

pub(super) const BUCKET_REFUSAL: &str = "InsufficientS3BucketPolicyException";
pub(super) const TOPIC_REFUSAL: &str = "InsufficientSnsTopicPolicyException";
pub(super) const KEY_REFUSAL: &str = "InsufficientEncryptionPolicyException";

/// Everything the trail will need, in the order in which CloudTrail tries it.
pub(super) fn needs(proposal: &Proposal, facts: &Facts) -> Vec<Need> {
    let (partition, bucket) = (&proposal.trail.partition, &proposal.bucket);
    let bucket_arn = format!("arn:{partition}:s3:::{bucket}");
    let principal = json!({ "Service": super::SERVICE });
    let source = json!({ "aws:SourceArn": proposal.trail.to_string() });
    let mut needs = vec![Need {
        purpose: "read the bucket's ACL",
        subject: Subject::Bucket,
        action: "s3:GetBucketAcl",
        resource: bucket_arn.clone(),
        pattern: bucket_arn.clone(),
        refusal: Some(BUCKET_REFUSAL),
        context: Context::new(),
        statement: json!({ "Sid": "AWSCloudTrailAclCheck20150319", "Effect": "Allow", "Principal": principal,
            "Action": "s3:GetBucketAcl", "Resource": bucket_arn, "Condition": { "StringEquals": source } }),
    }];
    let mut context = Context::new();
    context.set("s3:x-amz-acl", "bucket-owner-full-control");
    match &facts.key {
        Some(key) => {
            context.set("s3:x-amz-server-side-encryption", "aws:kms");
            context.set("s3:x-amz-server-side-encryption-aws-kms-key-id", key.arn.clone());
        }
        None => context.set("s3:x-amz-server-side-encryption", "AES256"),
    }
    for folder in folders(proposal) {
        let pattern = format!("{bucket_arn}/{}*", folder.pattern);
        let condition = json!({ "aws:SourceArn": proposal.trail.to_string(),
            "s3:x-amz-acl": "bucket-owner-full-control" });
        needs.push(Need {
            purpose: folder.purpose,
            subject: Subject::Bucket,
            action: "s3:PutObject",
            resource: format!("{bucket_arn}/{}", folder.example),
            refusal: folder.tried.then_some(BUCKET_REFUSAL),
            context: context.clone(),
            statement: json!({ "Sid": folder.sid, "Effect": "Allow", "Principal": principal,
                "Action": "s3:PutObject", "Resource": pattern, "Condition": { "StringEquals": condition } }),
            pattern,
        });
    }
    if let Some(topic) = &facts.topic {
        needs.push(topic_need(proposal, &topic.arn));
    }
    if let Some(key) = &facts.key {
        needs.extend(key_needs(proposal, &key.arn));
    }
    needs
}

fn topic_need(proposal: &Proposal, topic: &str) -> Need {
    Need {
        purpose: "give notice of log files",
        subject: Subject::Topic,
        action: "sns:Publish",
        resource: topic.to_owned(),
        pattern: topic.to_owned(),
        refusal: Some(TOPIC_REFUSAL),
        context: Context::new(),
        statement: json!({ "Sid": "AWSCloudTrailSNSPolicy20131101", "Effect": "Allow",
            "Principal": { "Service": super::SERVICE }, "Action": "SNS:Publish", "Resource": topic,
            "Condition": { "StringEquals": { "aws:SourceArn": proposal.trail.to_string() } } }),
    }
}

fn key_needs(proposal: &Proposal, key: &str) -> [Need; 2] {
    let trail = proposal.trail.to_string();
    let (partition, account) = (&proposal.trail.partition, &proposal.trail.account);
    let mut context = Context::new();
    context.set("kms:EncryptionContext:aws:cloudtrail:arn", trail.clone());
    context.set_multi("kms:EncryptionContextKeys", ["aws:cloudtrail:arn"]);
    let principal = json!({ "Service": super::SERVICE });
    let need = |purpose, action, context, statement| Need {
        purpose,
        subject: Subject::Key,
        action,
        resource: key.to_owned(),
        pattern: "*".to_owned(),
        refusal: Some(KEY_REFUSAL),
        context,
        statement,
    };
    [
        need(
            "encrypt log files",
            "kms:GenerateDataKey",
            context,
            json!({ "Sid": "AWSCloudTrailEncryptLogs", "Effect": "Allow", "Principal": principal,
                "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {
                    "StringEquals": { "aws:SourceArn": trail },
                    "StringLike": { "kms:EncryptionContext:aws:cloudtrail:arn":
                        format!("arn:{partition}:cloudtrail:*:{account}:trail/*") } } }),
        ),
        need(
            "describe the key",
            "kms:DescribeKey",
            Context::new(),
            json!({ "Sid": "AWSCloudTrailDescribeKey", "Effect": "Allow", "Principal": principal,
                "Action": "kms:DescribeKey", "Resource": "*",
                "Condition": { "StringEquals": { "aws:SourceArn": trail } } }),
        ),
    ]
}

/// A part of the bucket that CloudTrail writes to.
struct Folder {
    purpose: &'static str,
    sid: &'static str,
    pattern: String,
    example: String,
    /// Whether `CreateTrail` tries it.
    tried: bool,
}

fn folders(proposal: &Proposal) -> Vec<Folder> {
    let (prefix, account) = (proposal.prefix.as_deref(), &proposal.trail.account);
    let own = layout::account_folder(prefix, account);
    let folder = |purpose, sid, pattern: &String, inside: &str, tried| Folder {
        purpose,
        sid,
        pattern: pattern.clone(),
        example: format!("{pattern}{inside}"),
        tried,
    };
    let mut folders =
        vec![folder("write log files", "AWSCloudTrailWrite20150319", &own, "CloudTrail/", true)];
    if proposal.validation {
        let sid = "AWSCloudTrailWriteDigests";
        folders.push(folder("write digest files", sid, &own, "CloudTrail-Digest/", false));
    }
    if let Some(organization) = &proposal.organization {
        let whole = layout::account_folder(prefix, organization);
        let sid = "AWSCloudTrailOrganizationWrite20150319";
        let inside = format!("{account}/CloudTrail/");
        folders.push(folder("write the organization's log files", sid, &whole, &inside, true));
        // Which accounts there will be is not known; this one stands for them.
        let member = "000000000000/CloudTrail/";
        folders.push(folder("write member accounts' log files", sid, &whole, member, false));
        if proposal.validation {
            let inside = format!("{account}/CloudTrail-Digest/");
            folders.push(folder("write the organization's digest files", sid, &whole, &inside, false));
        }
    }
    folders
}
