//! Who wins when several policies bear on a request: the tables of the IAM User Guide's evaluation logic.

use trailward_policy::{Caller, Context, Decision, Policy, PolicyKind};

use crate::cast::{AWAY, HOME, Scene, allows, federated, identity, policy, resource, root, session, user};

/// A bucket policy that allows everything to one principal.
fn grants(principal: &str) -> Policy {
    let text = format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#);
    resource(&text)
}

fn scene(principal: &str) -> Scene<'static> {
    Scene { policy: Some(grants(principal)), ..Scene::default() }
}

const ANN: &str = r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#;
const ROLE: &str = r#"{"AWS": "arn:aws:iam::111111111111:role/auditor"}"#;
const SESSION: &str = r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/auditor/mon"}"#;
const FEDERATED: &str = r#"{"AWS": "arn:aws:sts::111111111111:federated-user/fed"}"#;
const ACCOUNT: &str = r#"{"AWS": "111111111111"}"#;
const ROOT: &str = r#"{"AWS": "arn:aws:iam::111111111111:root"}"#;
const EVERYONE: &str = r#""*""#;

#[test]
fn without_policies_only_root_may() {
    let scene = Scene::default();
    assert!(scene.allows(&root(HOME)));
    for caller in [
        user(HOME, "ann"),
        session(HOME, "auditor", "mon"),
        federated(HOME, "fed"),
        Caller::anonymous(),
        Caller::service("cloudtrail.amazonaws.com", Context::new()),
    ] {
        assert_eq!(scene.decide(&caller), Decision::ImplicitDeny, "{caller:?}");
    }
}

#[test]
fn deny_anywhere_wins() {
    let deny = r#"{"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}"#;
    let everything = || vec![allows("*")];
    let mut caller = user(HOME, "ann");
    caller.identity = everything();
    caller.boundary = Some(allows("*"));
    caller.session = Some(everything());
    caller.scps = vec![everything(), everything()];
    let scene = scene(ANN);
    assert!(scene.allows(&caller));

    let by_identity = Caller { identity: vec![allows("*"), identity(deny)], ..caller.clone() };
    let by_boundary = Caller { boundary: Some(identity(deny)), ..caller.clone() };
    let by_session = Caller { session: Some(vec![allows("*"), identity(deny)]), ..caller.clone() };
    let by_scp =
        Caller { scps: vec![vec![allows("*")], vec![allows("*"), identity(deny)]], ..caller.clone() };
    for caller in [by_identity, by_boundary, by_session, by_scp] {
        assert_eq!(scene.decide(&caller), Decision::ExplicitDeny);
    }
    let both = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#;
    let by_resource = Scene { policy: Some(resource(both)), ..Scene::default() };
    let controlled = Scene { rcps: vec![vec![policy(PolicyKind::Rcp, both)]], ..scene.clone() };
    for scene in [by_resource, controlled] {
        assert_eq!(scene.decide(&caller), Decision::ExplicitDeny);
        assert_eq!(scene.decide(&root(HOME)), Decision::ExplicitDeny);
        let service = Caller::service("cloudtrail.amazonaws.com", Context::new());
        assert_eq!(scene.decide(&service), Decision::ExplicitDeny);
    }
}

#[test]
fn resource_policy_grants_in_its_own_account() {
    // Principal, caller, allowed alone, allowed under an empty boundary, allowed in a session without policies.
    let mon = || session(HOME, "auditor", "mon");
    let cases = [
        (ANN, user(HOME, "ann"), true, true, true),
        (ANN, user(HOME, "bo"), false, false, false),
        (SESSION, mon(), true, true, true),
        (SESSION, session(HOME, "auditor", "tue"), false, false, false),
        (FEDERATED, federated(HOME, "fed"), true, true, true),
        (ROLE, mon(), true, false, false),
        (ROLE, session(HOME, "other", "mon"), false, false, false),
        (EVERYONE, user(HOME, "ann"), true, false, false),
        (EVERYONE, mon(), true, false, false),
        (ACCOUNT, user(HOME, "ann"), false, false, false),
        (ROOT, mon(), false, false, false),
        (ROOT, root(HOME), true, true, false),
    ];
    for (principal, caller, alone, bounded, narrowed) in cases {
        let scene = scene(principal);
        let other = allows("sqs:*");
        let boundary = Caller { boundary: Some(other.clone()), ..caller.clone() };
        let session = Caller { session: Some(vec![other]), ..caller.clone() };
        assert_eq!(scene.allows(&caller), alone, "{principal} alone: {:?}", caller.principal);
        assert_eq!(scene.allows(&boundary), bounded, "{principal} bounded: {:?}", caller.principal);
        assert_eq!(scene.allows(&session), narrowed, "{principal} in a session: {:?}", caller.principal);
    }
}

#[test]
fn unique_ids_name_users_and_roles() {
    let by_id = scene(r#"{"AWS": ["AIDA0000000000000ANN", "AROA000000000AUDITOR"]}"#);
    assert!(by_id.allows(&user(HOME, "ann")));
    assert!(by_id.allows(&session(HOME, "auditor", "mon")));
    assert!(!by_id.allows(&user(HOME, "bo")));
}

#[test]
fn identity_boundary_and_session_intersect() {
    let scene = Scene::default();
    for (identity, boundary, session, allowed) in [
        ("s3:*", "s3:Get*", "s3:GetObject", true),
        ("s3:Put*", "s3:*", "s3:*", false),
        ("s3:*", "s3:Put*", "s3:*", false),
        ("s3:*", "s3:*", "s3:Put*", false),
    ] {
        let mut caller = session_of(identity);
        caller.boundary = Some(allows(boundary));
        caller.session = Some(vec![allows("sqs:*"), allows(session)]);
        assert_eq!(scene.allows(&caller), allowed, "{identity} {boundary} {session}");
    }
    let nothing = Caller { session: Some(Vec::new()), ..session_of("*") };
    assert!(!scene.allows(&nothing), "a session without policies has none");
}

fn session_of(action: &str) -> Caller {
    Caller { identity: vec![allows(action)], ..session(HOME, "auditor", "mon") }
}

#[test]
fn control_policies_must_allow_at_every_level() {
    let full = || vec![allows("*")];
    let scene = scene(ANN);
    for (scps, allowed) in [
        (vec![], true),
        (vec![full(), full(), full()], true),
        (vec![full(), vec![], full()], false),
        (vec![full(), vec![allows("sqs:*")], full()], false),
        (vec![full(), vec![allows("sqs:*"), allows("s3:*")]], true),
    ] {
        let caller = Caller { scps: scps.clone(), ..user(HOME, "ann") };
        assert_eq!(scene.allows(&caller), allowed, "{scps:?}");
        let root = Caller { scps, ..root(HOME) };
        assert_eq!(scene.allows(&root), allowed, "root is held by control policies too");
    }
    let rcp = |action: &str| {
        policy(
            PolicyKind::Rcp,
            &format!(r#"{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "*"}}"#),
        )
    };
    let caller = user(HOME, "ann");
    assert!(Scene { rcps: vec![vec![rcp("*")]], ..scene.clone() }.allows(&caller));
    assert!(!Scene { rcps: vec![vec![rcp("*")], vec![rcp("sqs:*")]], ..scene }.allows(&caller));
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let foreign = |principal: &str| Scene { owner: AWAY, ..scene(principal) };
    let plain = user(HOME, "ann");
    let allowed = Caller { identity: vec![allows("s3:*")], ..user(HOME, "ann") };
    let bounded = Caller { boundary: Some(allows("sqs:*")), ..allowed.clone() };
    for principal in [ANN, ACCOUNT, ROOT, EVERYONE] {
        let scene = foreign(principal);
        assert!(!scene.allows(&plain), "{principal}: identity must allow");
        assert!(scene.allows(&allowed), "{principal}");
        assert!(!scene.allows(&bounded), "{principal}: boundary must allow");
    }
    let unnamed = Scene { owner: AWAY, ..Scene::default() };
    assert!(!unnamed.allows(&allowed), "the resource must allow");
    assert!(!unnamed.allows(&root(HOME)), "of a root user too");
    assert!(foreign(ACCOUNT).allows(&root(HOME)));
    let direct = Caller { session: Some(vec![allows("sqs:*")]), ..session_of("*") };
    assert!(!foreign(SESSION).allows(&direct), "naming a session grants by itself in its own account only");
}

#[test]
fn keys_and_roles_must_allow_themselves() {
    let required =
        |principal: Option<&str>| Scene { policy: principal.map(grants), required: true, ..Scene::default() };
    let allowed = Caller { identity: vec![allows("*")], ..user(HOME, "ann") };
    assert!(!required(None).allows(&allowed));
    assert!(!required(None).allows(&root(HOME)));
    assert!(!required(Some(ROLE)).allows(&allowed));
    assert!(required(Some(ACCOUNT)).allows(&allowed), "naming the account hands over to its policies");
    assert!(!required(Some(ACCOUNT)).allows(&user(HOME, "ann")));
    assert!(required(Some(ROOT)).allows(&root(HOME)));
    assert!(required(Some(ANN)).allows(&user(HOME, "ann")));
}

#[test]
fn trust_policy_lets_a_role_be_assumed() {
    let trust = |principal: &str| Scene {
        action: "sts:AssumeRole",
        resource: "arn:aws:iam::111111111111:role/auditor",
        required: true,
        policy: Some(policy(
            PolicyKind::Trust,
            &format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#),
        )),
        ..Scene::default()
    };
    let assumer = |account| Caller { identity: vec![allows("sts:AssumeRole")], ..user(account, "ann") };
    assert!(trust(ANN).allows(&user(HOME, "ann")));
    assert!(trust(ACCOUNT).allows(&assumer(HOME)));
    assert!(!trust(ACCOUNT).allows(&assumer(AWAY)));
    assert!(trust(r#"{"AWS": "222222222222"}"#).allows(&assumer(AWAY)));
    assert!(!trust(r#"{"AWS": "222222222222"}"#).allows(&user(AWAY, "ann")));

    let ec2 = trust(r#"{"Service": "ec2.amazonaws.com"}"#);
    assert!(ec2.allows(&Caller::service("ec2.amazonaws.com", Context::new())));
    assert!(!ec2.allows(&Caller::service("s3.amazonaws.com", Context::new())));

    let idp = trust(r#"{"Federated": "arn:aws:iam::111111111111:saml-provider/idp"}"#);
    let mut saml = Caller::anonymous();
    assert!(!idp.allows(&saml));
    saml.context.set("aws:FederatedProvider", "arn:aws:iam::111111111111:saml-provider/idp");
    assert!(idp.allows(&saml));
}

#[test]
fn services_and_strangers_live_by_the_resource_policy() {
    let service = || Caller::service("cloudtrail.amazonaws.com", Context::new());
    let with_policies = |caller: Caller| Caller { identity: vec![allows("*")], ..caller };
    assert!(
        !Scene::default().allows(&with_policies(service())),
        "identity policies grant nothing to a service"
    );
    assert!(!Scene::default().allows(&with_policies(Caller::anonymous())));
    assert!(scene(r#"{"Service": "cloudtrail.amazonaws.com"}"#).allows(&service()));
    assert!(!scene(r#"{"Service": "cloudtrail.amazonaws.com"}"#).allows(&Caller::anonymous()));
    assert!(!scene(r#"{"Service": "config.amazonaws.com"}"#).allows(&service()));
    for caller in [service(), Caller::anonymous()] {
        assert!(scene(EVERYONE).allows(&caller));
        assert!(scene(r#"{"AWS": "*"}"#).allows(&caller));
        assert!(!scene(ACCOUNT).allows(&caller));
    }
}

#[test]
fn not_principal_spares_only_whole_names() {
    let spares = |principals: &str| {
        let text = format!(
            r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": [{principals}]}}, "Action": "*", "Resource": "*"}}"#
        );
        Scene { policy: Some(resource(&text)), ..Scene::default() }
    };
    let ann = Caller { identity: vec![allows("*")], ..user(HOME, "ann") };
    let mon = session_of("*");
    let user_arn = r#""arn:aws:iam::111111111111:user/ann""#;
    let account = r#""arn:aws:iam::111111111111:root""#;
    assert_eq!(spares(user_arn).decide(&ann), Decision::ExplicitDeny, "the account is not spared");
    let both = spares(&format!("{user_arn}, {account}"));
    assert!(both.allows(&ann));
    assert!(both.allows(&root(HOME)));
    assert_eq!(both.decide(&mon), Decision::ExplicitDeny);
    let bounded = Caller { boundary: Some(allows("*")), ..ann };
    assert_eq!(both.decide(&bounded), Decision::ExplicitDeny, "nobody with a boundary is spared");

    let role = r#""arn:aws:iam::111111111111:role/auditor""#;
    let session = r#""arn:aws:sts::111111111111:assumed-role/auditor/mon""#;
    assert_eq!(spares(&format!("{role}, {account}")).decide(&mon), Decision::ExplicitDeny);
    assert!(spares(&format!("{role}, {account}, {session}")).allows(&mon));
}

#[test]
fn resource_without_an_account_is_the_callers() {
    let scene = Scene::default();
    let caller = Caller { identity: vec![allows("s3:*")], ..user(HOME, "ann") };
    let request = trailward_policy::Request { resource_account: None, ..scene.request(&caller) };
    assert_eq!(trailward_policy::evaluate(&request), Decision::Allow);
}

#[test]
fn misplaced_policies_refuse_rather_than_grant() {
    let scene = Scene { policy: Some(allows("*")), ..Scene::default() };
    assert!(
        !scene.allows(&user(HOME, "ann")),
        "a statement without a principal grants nothing on a resource"
    );
    let deny = identity(r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#);
    assert_eq!(Scene { policy: Some(deny), ..Scene::default() }.decide(&root(HOME)), Decision::ExplicitDeny);
}
