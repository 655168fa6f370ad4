//! Questions that are asked of policies by trying requests.

use serde_json::Value;
use trailward_policy::{
    Caller, Context, Decision, Effect, Policy, PolicyKind, Principal, Request, Statement, evaluate,
};

const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
/// An account that is nobody's here.
const STRANGER: &str = "000000000000";

pub(super) fn parse(text: &str) -> Result<Policy, String> {
    Policy::parse(text, PolicyKind::Resource).map_err(|error| error.to_string())
}

fn decision(caller: &Caller, policy: &Policy, action: &str, resource: &str, context: &Context) -> Decision {
    evaluate(&Request {
        caller,
        action,
        resource,
        resource_account: None,
        resource_policy: Some(policy),
        resource_policy_required: true,
        rcps: &[],
        context,
    })
}

/// Whether CloudTrail is refused when it works for somebody else's trail.
pub(super) fn bound(policy: &Policy, action: &str, resource: &str, partition: &str) -> bool {
    let trail = format!("arn:{partition}:cloudtrail:us-east-1:{STRANGER}:trail/stranger");
    let mut context = Context::new();
    context.set("aws:SourceArn", trail.clone());
    context.set("aws:SourceAccount", STRANGER);
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:SecureTransport", "true");
    let caller = Caller::service(CLOUDTRAIL, context);
    let mut request = Context::new();
    request.set("s3:x-amz-acl", "bucket-owner-full-control");
    request.set("kms:EncryptionContext:aws:cloudtrail:arn", trail);
    !decision(&caller, policy, action, resource, &request).is_allowed()
}

/// Whether somebody who did not sign is let in.
pub(super) fn open_to_all(policy: &Policy, action: &str, resource: &str) -> bool {
    let mut context = Context::new();
    context.set("aws:SecureTransport", "true");
    decision(&Caller::anonymous(), policy, action, resource, &context).is_allowed()
}

/// Who a deny is tried with: a role of the account that may do everything.
fn administrator(partition: &str, account: &str) -> Option<Caller> {
    let arn = format!("arn:{partition}:iam::{account}:role/administrator-of-no-name");
    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let mut caller = Caller::new(Principal::RoleSession {
        account: account.to_owned(),
        session_arn: format!("arn:{partition}:sts::{account}:assumed-role/administrator-of-no-name/session"),
        role_arn: arn,
        role_id: "AROAADMINISTRATOR0000".to_owned(),
        session_name: "session".to_owned(),
    });
    caller.identity = vec![Policy::parse(everything, PolicyKind::Identity).ok()?];
    Some(caller)
}

/// Whether an administrator of the account is denied it, over TLS or not.
pub(super) fn denied(
    policy: &Policy,
    action: &str,
    resource: &str,
    (partition, account): (&str, &str),
    tls: bool,
) -> bool {
    let Some(caller) = administrator(partition, account) else { return false };
    let mut context = Context::new();
    context.set("aws:SecureTransport", if tls { "true" } else { "false" });
    context.set("aws:PrincipalArn", format!("arn:{partition}:iam::{account}:role/administrator-of-no-name"));
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:PrincipalAccount", account);
    decision(&caller, policy, action, resource, &context) == Decision::ExplicitDeny
}

/// The statements that deny an action and let some principals pass.
pub(super) fn escapes<'a>(policy: &'a Policy, action: &str) -> Vec<&'a Statement> {
    let about = |statement: &&Statement| {
        let covers = |pattern: &String| {
            let pattern = pattern.to_lowercase();
            let action = action.to_lowercase();
            match pattern.split_once('*') {
                None => pattern == action,
                Some((before, _)) => action.starts_with(before),
            }
        };
        statement.effect == Effect::Deny
            && !statement.action.is_negated()
            && statement.action.values().iter().any(covers)
    };
    let exempts = |statement: &&Statement| {
        statement.principal.as_ref().is_some_and(trailward_policy::Scope::is_negated)
            || statement.conditions.iter().any(|condition| {
                let key = condition.key.to_lowercase();
                ["aws:principalarn", "aws:userid", "aws:username", "aws:principaltag"]
                    .iter()
                    .any(|k| key.starts_with(k))
            })
    };
    policy.statements().iter().filter(about).filter(exempts).collect()
}

/// Names that are an API operation's, with the action that is meant.
///
/// SPEC Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
const NO_ACTIONS: &[(&str, &str)] = &[
    ("s3:copyobject", "s3:GetObject and s3:PutObject"),
    ("s3:createmultipartupload", "s3:PutObject"),
    ("s3:deletebucketencryption", "s3:PutEncryptionConfiguration"),
    ("s3:deletebucketlifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:deletebucketownershipcontrols", "s3:PutBucketOwnershipControls"),
    ("s3:deletebucketreplication", "s3:PutReplicationConfiguration"),
    ("s3:deleteobjects", "s3:DeleteObject"),
    ("s3:deleteobjectversions", "s3:DeleteObjectVersion"),
    ("s3:deletepublicaccessblock", "s3:PutBucketPublicAccessBlock"),
    ("s3:getbucketencryption", "s3:GetEncryptionConfiguration"),
    ("s3:getbucketlifecycle", "s3:GetLifecycleConfiguration"),
    ("s3:getbucketlifecycleconfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:getbucketreplication", "s3:GetReplicationConfiguration"),
    ("s3:getobjectlockconfiguration", "s3:GetBucketObjectLockConfiguration"),
    ("s3:headbucket", "s3:ListBucket"),
    ("s3:headobject", "s3:GetObject"),
    ("s3:listbuckets", "s3:ListAllMyBuckets"),
    ("s3:listobjects", "s3:ListBucket"),
    ("s3:listobjectsv2", "s3:ListBucket"),
    ("s3:listobjectversions", "s3:ListBucketVersions"),
    ("s3:putbucketencryption", "s3:PutEncryptionConfiguration"),
    ("s3:putbucketlifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:putbucketlifecycleconfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:putbucketreplication", "s3:PutReplicationConfiguration"),
    ("s3:putobjectlockconfiguration", "s3:PutBucketObjectLockConfiguration"),
    ("s3:putpublicaccessblock", "s3:PutBucketPublicAccessBlock"),
    ("s3:uploadpart", "s3:PutObject"),
    ("cloudtrail:deletetrails", "cloudtrail:DeleteTrail"),
    ("cloudtrail:updatetrails", "cloudtrail:UpdateTrail"),
    ("cloudtrail:puteventselector", "cloudtrail:PutEventSelectors"),
    ("kms:deletekey", "kms:ScheduleKeyDeletion"),
];

/// Actions of a policy that do not exist, so that a statement does less than it seems to: each with the one that is meant.
pub(super) fn no_actions(text: &str) -> Vec<(String, &'static str)> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let one = [document.get("Statement").cloned().unwrap_or_default()];
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        _ => &one[..],
    };
    let mut found = Vec::new();
    for statement in statements {
        for member in ["Action", "NotAction"] {
            let actions = match statement.get(member) {
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(action)) => vec![action.as_str()],
                _ => Vec::new(),
            };
            for action in actions {
                let lower = action.to_lowercase();
                if let Some((_, meant)) = NO_ACTIONS.iter().find(|(name, _)| *name == lower) {
                    found.push((action.to_owned(), *meant));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_are_no_actions_are_named() {
        let text = r#"{"Statement":[{"Effect":"Deny","Action":["s3:DeleteObject","s3:PutBucketLifecycle"]},
            {"Effect":"Deny","NotAction":"S3:HEADOBJECT"}]}"#;
        let found = no_actions(text);
        assert_eq!(found[0], ("s3:PutBucketLifecycle".to_owned(), "s3:PutLifecycleConfiguration"));
        assert_eq!((found.len(), found[1].1), (2, "s3:GetObject"));
        assert!(no_actions("{").is_empty() && no_actions(r#"{"Statement":{"Action":"s3:*"}}"#).is_empty());
    }

    #[test]
    fn a_deny_with_an_exception_is_an_escape() {
        let policy = |condition: &str| {
            parse(&format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:Delete*",
                "Resource":"arn:aws:s3:::b/*"{condition}}}]}}"#
            ))
            .unwrap()
        };
        let escaping = policy(
            r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/ops"}}"#,
        );
        assert_eq!(escapes(&escaping, "s3:DeleteObjectVersion").len(), 1);
        assert!(escapes(&policy(""), "s3:DeleteObjectVersion").is_empty());
        let place = ("aws", "111122223333");
        assert!(denied(&policy(""), "s3:DeleteObject", "arn:aws:s3:::b/k", place, true));
        assert!(!denied(&policy(""), "s3:GetObject", "arn:aws:s3:::b/k", place, true));
    }

    #[test]
    fn a_confused_deputy_is_seen() {
        let policy = |condition: &str| {
            parse(&format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},
                "Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"{condition}}}]}}"#
            ))
            .unwrap()
        };
        let own = r#","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}}"#;
        assert!(bound(&policy(own), "s3:PutObject", "arn:aws:s3:::b/k", "aws"));
        assert!(!bound(&policy(""), "s3:PutObject", "arn:aws:s3:::b/k", "aws"));
        assert!(!open_to_all(&policy(""), "s3:PutObject", "arn:aws:s3:::b/k"));
    }
}
