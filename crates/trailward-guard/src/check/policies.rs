//! Questions that are asked of policies by trying requests.

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

#[cfg(test)]
mod tests {
    use super::*;

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
