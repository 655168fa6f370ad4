//! The statements of the CloudTrail guides, as people paste them.

use trailward_policy::{Caller, Decision, PolicyKind, Principal};

use crate::cast::{AWAY, HOME, Scene, allows, context, identity, policy, resource, root, session, user};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main";

const BUCKET_POLICY: &str = r#"
    {"Sid": "AWSCloudTrailAclCheck20150319", "Effect": "Allow",
     "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:GetBucketAcl",
     "Resource": "arn:aws:s3:::logs",
     "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"}}},
    {"Sid": "AWSCloudTrailWrite20150319", "Effect": "Allow",
     "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
     "Resource": "arn:aws:s3:::logs/AWSLogs/111111111111/*",
     "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"}}}"#;

const KEY: &str = "arn:aws:s3:::logs/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/11/21/x.json.gz";

fn cloudtrail(trail: &str) -> Caller {
    Caller::service(
        "cloudtrail.amazonaws.com",
        context(&[("aws:SourceArn", trail), ("aws:SourceAccount", HOME)]),
    )
}

fn delivery() -> Scene<'static> {
    Scene {
        action: "s3:PutObject",
        resource: KEY,
        policy: Some(resource(BUCKET_POLICY)),
        context: context(&[("s3:x-amz-acl", "bucket-owner-full-control"), ("aws:SecureTransport", "true")]),
        ..Scene::default()
    }
}

#[test]
fn cloudtrail_checks_the_acl() {
    let check = Scene { action: "s3:GetBucketAcl", resource: "arn:aws:s3:::logs", ..delivery() };
    assert!(check.allows(&cloudtrail(TRAIL)));
    assert!(!check.allows(&cloudtrail("arn:aws:cloudtrail:eu-west-1:222222222222:trail/main")));
    assert!(!check.allows(&Caller::service("cloudtrail.amazonaws.com", context(&[]))), "a missing key fails");
    assert!(!Scene { resource: "arn:aws:s3:::logs/x", ..check.clone() }.allows(&cloudtrail(TRAIL)));
    assert!(!check.allows(&user(HOME, "ann")));
}

#[test]
fn cloudtrail_writes_for_its_trail_and_account_only() {
    let scene = delivery();
    assert!(scene.allows(&cloudtrail(TRAIL)));
    assert!(!scene.allows(&cloudtrail("arn:aws:cloudtrail:eu-west-1:111111111111:trail/other")));
    assert!(!Scene { action: "s3:DeleteObject", ..scene.clone() }.allows(&cloudtrail(TRAIL)));
    let foreign = "arn:aws:s3:::logs/AWSLogs/222222222222/CloudTrail/x.json.gz";
    assert!(!Scene { resource: foreign, ..scene.clone() }.allows(&cloudtrail(TRAIL)));
    assert!(!Scene { context: context(&[]), ..scene.clone() }.allows(&cloudtrail(TRAIL)), "without the ACL");
    let private = context(&[("s3:x-amz-acl", "private")]);
    assert!(!Scene { context: private, ..scene }.allows(&cloudtrail(TRAIL)));
}

#[test]
fn organization_trail_writes_under_the_organization() {
    let statement = r#"{"Sid": "AWSCloudTrailOrganizationWrite20150319", "Effect": "Allow",
        "Principal": {"Service": ["cloudtrail.amazonaws.com"]}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/AWSLogs/o-exampleorgid/*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control",
        "aws:SourceArn": ["arn:aws:cloudtrail:us-east-1:222222222222:trail/org",
            "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"]}}}"#;
    let scene = Scene {
        resource: "arn:aws:s3:::logs/AWSLogs/o-exampleorgid/333333333333/CloudTrail/x.json.gz",
        policy: Some(resource(statement)),
        ..delivery()
    };
    assert!(scene.allows(&cloudtrail(TRAIL)), "several trails may stand in a list");
    assert!(!scene.allows(&cloudtrail("arn:aws:cloudtrail:us-east-1:222222222222:trail/orgs")));
}

const DENY_DELETE: &str = r#"{"Sid": "DenyDeleteCloudTrailLogs", "Effect": "Deny", "Principal": "*",
    "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration"],
    "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
    "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/break-glass"}}}"#;

#[test]
fn only_the_break_glass_role_deletes() {
    let scene = Scene { action: "s3:DeleteObject", policy: Some(resource(DENY_DELETE)), ..Scene::default() };
    let allowed = |caller: Caller| Caller { identity: vec![allows("s3:*")], ..caller };
    assert!(scene.allows(&allowed(session(HOME, "break-glass", "mon"))), "a session counts as its role");
    for caller in [user(HOME, "ann"), session(HOME, "auditor", "mon"), session(HOME, "break-glass2", "mon")] {
        assert_eq!(scene.decide(&allowed(caller)), Decision::ExplicitDeny);
    }
    assert_eq!(scene.decide(&root(HOME)), Decision::ExplicitDeny);
    assert_eq!(scene.decide(&cloudtrail(TRAIL)), Decision::ExplicitDeny, "services have no aws:PrincipalArn");
    let read = Scene { action: "s3:GetObject", ..scene };
    assert!(read.allows(&allowed(user(HOME, "ann"))));
}

#[test]
fn deny_that_forgets_services_stops_delivery() {
    let deny = |exception: &str| {
        let text = format!(
            r#"{BUCKET_POLICY}, {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                "Condition": {{"StringNotEquals": {{"aws:PrincipalOrgID": "o-exampleorgid"}}{exception}}}}}"#
        );
        Scene { policy: Some(resource(&text)), ..delivery() }
    };
    assert_eq!(deny("").decide(&cloudtrail(TRAIL)), Decision::ExplicitDeny);
    let exception = r#", "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}"#;
    assert!(deny(exception).allows(&cloudtrail(TRAIL)));
    assert_eq!(deny(exception).decide(&user(AWAY, "ann")), Decision::ExplicitDeny);
}

#[test]
fn plain_http_is_refused() {
    let text = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::logs/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#;
    let scene = |value| Scene {
        policy: Some(resource(text)),
        context: context(&[("aws:SecureTransport", value)]),
        ..Scene::default()
    };
    assert!(scene("true").allows(&root(HOME)));
    assert_eq!(scene("false").decide(&root(HOME)), Decision::ExplicitDeny);
}

#[test]
fn control_policy_guards_the_trail() {
    let guard = policy(
        PolicyKind::Scp,
        r#"{"Sid": "ProtectTrail", "Effect": "Deny",
            "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail"],
            "Resource": "arn:aws:cloudtrail:*:*:trail/main",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/security/*"}}}"#,
    );
    let scps = vec![vec![allows("*")], vec![allows("*"), guard]];
    let scene = Scene { action: "cloudtrail:StopLogging", resource: TRAIL, ..Scene::default() };
    let with = |caller: Caller| Caller { identity: vec![allows("*")], scps: scps.clone(), ..caller };
    assert_eq!(scene.decide(&with(user(HOME, "ann"))), Decision::ExplicitDeny);
    assert_eq!(scene.decide(&with(root(HOME))), Decision::ExplicitDeny, "a member's root user too");
    let security = Caller::new(Principal::RoleSession {
        account: HOME.into(),
        role_arn: "arn:aws:iam::111111111111:role/security/keeper".into(),
        session_arn: "arn:aws:sts::111111111111:assumed-role/keeper/mon".into(),
        role_id: "AROAKEEPER0000000000".into(),
        session_name: "mon".into(),
    });
    assert!(scene.allows(&with(security)));
    let other = Scene { resource: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/other", ..scene };
    assert!(other.allows(&with(user(HOME, "ann"))));
}

/// The trail's guard in full: every way to weaken it, but for the break-glass role.
#[test]
fn control_policy_guards_the_trail_in_full() {
    let guard = policy(
        PolicyKind::Scp,
        r#"{"Sid": "ProtectTrail", "Effect": "Deny",
            "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail",
                "cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors", "cloudtrail:PutEventConfiguration",
                "cloudtrail:DeleteEventDataStore", "cloudtrail:StopEventDataStoreIngestion", "cloudtrail:RemoveTags"],
            "Resource": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}}}"#,
    );
    let logs = policy(
        PolicyKind::Scp,
        r#"{"Sid": "ProtectLogs", "Effect": "Deny",
            "Action": ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteObject",
                "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning",
                "s3:BypassGovernanceRetention"],
            "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]}"#,
    );
    let scps = vec![vec![allows("*"), guard, logs], vec![allows("*")], vec![allows("*")]];
    let bound = |caller: Caller| Caller { identity: vec![allows("*")], scps: scps.clone(), ..caller };
    let free = |caller: Caller| Caller { identity: vec![allows("*")], ..caller };
    for action in [
        "StopLogging",
        "DeleteTrail",
        "UpdateTrail",
        "PutEventSelectors",
        "PutInsightSelectors",
        "RemoveTags",
    ] {
        let action = format!("cloudtrail:{action}");
        let scene = Scene { action: &action, resource: TRAIL, ..Scene::default() };
        for caller in [user(HOME, "ann"), root(HOME), session(HOME, "admin", "mon")] {
            assert_eq!(scene.decide(&bound(caller.clone())), Decision::ExplicitDeny, "{action}");
            assert!(scene.allows(&free(caller)), "the management account has no levels");
        }
        assert!(scene.allows(&bound(session(HOME, "break-glass", "mon"))));
    }
    for (action, resource) in [
        ("s3:DeleteBucket", "arn:aws:s3:::logs"),
        ("s3:PutBucketVersioning", "arn:aws:s3:::logs"),
        ("s3:DeleteObjectVersion", KEY),
        ("s3:BypassGovernanceRetention", KEY),
    ] {
        let scene = Scene { action, resource, ..Scene::default() };
        for caller in [user(HOME, "ann"), root(HOME), session(HOME, "break-glass", "mon")] {
            assert_eq!(scene.decide(&bound(caller)), Decision::ExplicitDeny, "{action}");
        }
    }
    let read = Scene { action: "s3:GetObject", resource: KEY, ..Scene::default() };
    assert!(read.allows(&bound(root(HOME))));
    assert!(Scene { action: "cloudtrail:GetTrail", resource: TRAIL, ..read }.allows(&bound(root(HOME))));
}

#[test]
fn mfa_is_demanded_of_long_term_keys_too() {
    let deny = |operator: &str| {
        let text = format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*"}}, {{"Effect": "Deny", "Action": "cloudtrail:*",
                "Resource": "*", "Condition": {{"{operator}": {{"aws:MultiFactorAuthPresent": "false"}}}}}}"#
        );
        Caller { identity: vec![identity(&text)], ..user(HOME, "ann") }
    };
    let scene = |pairs| Scene {
        action: "cloudtrail:StopLogging",
        resource: TRAIL,
        context: pairs,
        ..Scene::default()
    };
    let (none, yes) = (context(&[]), context(&[("aws:MultiFactorAuthPresent", "true")]));
    assert!(scene(none.clone()).allows(&deny("Bool")), "the known trap: no key, no deny");
    assert_eq!(scene(none).decide(&deny("BoolIfExists")), Decision::ExplicitDeny);
    assert!(scene(yes).allows(&deny("BoolIfExists")));
}

#[test]
fn everybody_has_a_home_directory() {
    let home = identity(
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/${aws:username}/*"}"#,
    );
    let reads = |name: &str, resource| {
        let caller = Caller { identity: vec![home.clone()], ..user(HOME, name) };
        Scene { resource, ..Scene::default() }.allows(&caller)
    };
    assert!(reads("ann", "arn:aws:s3:::logs/ann/x"));
    assert!(!reads("ann", "arn:aws:s3:::logs/bo/x"));
    assert!(!reads("*", "arn:aws:s3:::logs/bo/x"), "a user named * is not everybody");
    assert!(reads("*", "arn:aws:s3:::logs/*/x"));
    let role = Caller { identity: vec![home.clone()], ..session(HOME, "ann", "ann") };
    for resource in ["arn:aws:s3:::logs/ann/x", "arn:aws:s3:::logs//x"] {
        assert!(
            !Scene { resource, ..Scene::default() }.allows(&role),
            "no variable is no match, never empty text"
        );
    }
}
