//! Wildcards, ARNs and variables in the action and resource elements.

use trailward_policy::{Caller, Policy, PolicyKind, Principal};

use crate::cast::{HOME, Scene, context, identity, user};

fn covers(pattern: &str, resource: &str) -> bool {
    let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{pattern}"}}"#);
    let caller = Caller { identity: vec![identity(&statement)], ..user(HOME, "ann") };
    Scene { resource, ..Scene::default() }.allows(&caller)
}

#[test]
fn actions_fold_case_and_take_wildcards_anywhere() {
    for (pattern, action, matches) in [
        ("*", "s3:GetObject", true),
        ("s3:GetObject", "S3:getobject", true),
        ("S3:GETOBJECT", "s3:GetObject", true),
        ("s3:Get*", "s3:GetObject", true),
        ("s3:Get*", "s3:PutObject", false),
        ("s3:*Object", "s3:GetObject", true),
        ("s3:*Object", "s3:GetObjectAcl", false),
        ("s3:?etObject", "s3:GetObject", true),
        ("s3:?GetObject", "s3:GetObject", false),
        ("s3:G*t*j*t", "s3:GetObject", true),
        ("*:GetObject", "s3:GetObject", true),
        ("s?:*", "s3:GetObject", true),
        ("s3:GetObject", "s3:GetObjectAcl", false),
        ("s3:GetObjectAcl", "s3:GetObject", false),
    ] {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "{pattern}", "Resource": "*"}}"#);
        let caller = Caller { identity: vec![identity(&statement)], ..user(HOME, "ann") };
        assert_eq!(Scene { action, ..Scene::default() }.allows(&caller), matches, "{pattern} {action}");
        let statement = format!(r#"{{"Effect": "Allow", "NotAction": "{pattern}", "Resource": "*"}}"#);
        let caller = Caller { identity: vec![identity(&statement)], ..user(HOME, "ann") };
        assert_eq!(Scene { action, ..Scene::default() }.allows(&caller), !matches, "not {pattern} {action}");
    }
}

#[test]
fn resources_match_field_by_field() {
    for (pattern, resource, matches) in [
        ("*", "arn:aws:s3:::logs", true),
        ("arn:aws:s3:::logs", "arn:aws:s3:::logs", true),
        ("arn:aws:s3:::logs", "arn:aws:s3:::Logs", false),
        ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs", false),
        ("arn:aws:s3:::logs*", "arn:aws:s3:::logs", true),
        ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/a/b:c/d", true),
        ("arn:aws:s3:::logs/?", "arn:aws:s3:::logs/é", true),
        ("arn:aws:s3:::logs/??", "arn:aws:s3:::logs/é", false),
        ("arn:aws:s3:::logs/?b", "arn:aws:s3:::logs/:b", true),
        ("arn:aws:s3:::*/CloudTrail/*", "arn:aws:s3:::logs/AWSLogs/1/CloudTrail/x", true),
        ("arn:aws:sqs:*:111111111111:q", "arn:aws:sqs:eu-west-1:111111111111:q", true),
        ("arn:aws:sqs:eu-*-1:111111111111:q", "arn:aws:sqs:eu-west-1:111111111111:q", true),
        ("arn:aws:sqs:*-1:111111111111:q", "arn:aws:sqs:eu-west-1:111111111111:q", true),
        // A wildcard inside a field keeps to it.
        ("arn:aws:sqs:e*1:q", "arn:aws:sqs:eu-west-1:111111111111:q", false),
        ("arn:aws:iam::?:role/r", "arn:aws:iam::::role/r", false),
        // One that ends a field may run on.
        ("arn:aws:s*:::q", "arn:aws:sqs:eu-west-1:1:::q", true),
        ("arn:aws:sns:*:1:topic:x", "arn:aws:sns:eu:1:topic:1:topic:x", true),
        // Missing fields are wildcards.
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111111111111:q", true),
        ("arn:aws:sqs:eu-west-1", "arn:aws:sqs:us-east-1:111111111111:q", false),
        ("arn:*", "arn:aws:sqs:eu-west-1:111111111111:q", true),
        ("arn:aws:s3", "arn:aws:sqs:eu-west-1:111111111111:q", false),
    ] {
        assert_eq!(covers(pattern, resource), matches, "{pattern} {resource}");
    }
    assert!(!covers("arn:aws:s3:::logs", "*"), "an action without a resource needs a wildcard");
    assert!(covers("*", "*"));
}

#[test]
fn variables_are_text_once_filled_in() {
    let reads = |pattern: &str, resource: &str, pairs: &[(&str, &str)]| {
        let statement =
            format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::{pattern}"}}"#);
        let caller = Caller { identity: vec![identity(&statement)], ..user(HOME, "ann") };
        let resource = format!("arn:aws:s3:::{resource}");
        Scene { resource: &resource, context: context(pairs), ..Scene::default() }.allows(&caller)
    };
    let star = [("aws:PrincipalTag/Team", "a*")];
    assert!(reads("${aws:principaltag/team}", "a*", &star), "keys fold case");
    assert!(!reads("${aws:PrincipalTag/Team}", "ab", &star));
    assert!(reads("${aws:PrincipalTag/Team}*", "a*b", &star));
    assert!(reads("${aws:PrincipalTag/Team, 'x}*y'}", "x}*y", &[]));
    assert!(!reads("${aws:PrincipalTag/Team, 'x*'}", "xy", &[]), "a default is text too");
    assert!(!reads("${aws:PrincipalTag/Team}", "", &[]));
    assert!(!reads("${aws:PrincipalTag/Team}*", "anything", &[]));
    assert!(reads("a${*}b", "a*b", &[]) && !reads("a${*}b", "axb", &[]));
    assert!(reads("a${?}b", "a?b", &[]) && !reads("a${?}b", "axb", &[]));
    assert!(reads("a${$}{b}", "a${b}", &[]));
    assert!(!reads("${aws:username}", "${aws:username}", &[]));
    assert!(!reads("${k:v}", "${aws:username}", &[("k:x", "y")]));
    assert!(reads("${k:v}", "${aws:username}", &[("k:v", "${aws:username}")]), "filled in once, not again");
    assert!(reads("$a{b}", "$a{b}", &[]), "a lone dollar is text");
}

#[test]
fn missing_variable_in_not_resource_excepts_nothing() {
    let statement = r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::${k:missing}*"}"#;
    let caller = Caller { identity: vec![identity(statement)], ..user(HOME, "ann") };
    assert!(Scene::default().allows(&caller));
}

#[test]
fn old_version_knows_no_variables() {
    let text =
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}}"#;
    let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
    let caller = Caller { identity: vec![policy], ..user(HOME, "ann") };
    let at = |resource| Scene { resource, ..Scene::default() }.allows(&caller);
    assert!(!at("arn:aws:s3:::ann"));
    assert!(at("arn:aws:s3:::${aws:username}"));
}

#[test]
fn callers_bring_the_keys_that_follow_from_them() {
    let says = |caller: &Caller, key: &str, value: &str| {
        let text = format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {{"StringEquals": {{"{key}": "{value}"}}}}}}"#
        );
        let caller = Caller { identity: vec![identity(&text)], ..caller.clone() };
        Scene::default().allows(&caller)
    };
    let ann = Caller::new(Principal::User {
        account: HOME.into(),
        arn: "arn:aws:iam::111111111111:user/staff/ann".into(),
        user_id: "AIDAANN".into(),
    });
    for (key, value) in [
        ("aws:username", "ann"),
        ("aws:userid", "AIDAANN"),
        ("aws:PrincipalArn", "arn:aws:iam::111111111111:user/staff/ann"),
        ("aws:PrincipalAccount", HOME),
        ("aws:PrincipalType", "User"),
        ("aws:PrincipalIsAWSService", "false"),
    ] {
        assert!(says(&ann, key, value), "{key}");
    }
    let mon = crate::cast::session(HOME, "auditor", "mon");
    assert!(says(&mon, "aws:PrincipalArn", "arn:aws:iam::111111111111:role/auditor"));
    assert!(says(&mon, "aws:userid", "AROA000000000AUDITOR:mon"));
    assert!(!says(&mon, "aws:username", "mon"));
    let mut renamed = ann;
    renamed.context.set("aws:username", "bo");
    assert!(says(&renamed, "aws:username", "bo"), "the caller's context goes before");
}

#[test]
fn hostile_patterns_end_quickly() {
    let text = "a".repeat(1000);
    let pattern = "a*".repeat(1000);
    assert!(!covers_plainly(&format!("arn:aws:s3:::{pattern}b"), &format!("arn:aws:s3:::{text}")));
    let fields = "*a*a*a*a*a".repeat(50);
    let pattern = format!("arn:aws*:{fields}*:{fields}*:{fields}*:{fields}b");
    assert!(!covers_plainly(&pattern, &format!("arn:aws:{}", "aaaaa:aaaaaa".repeat(90))));
}

/// As `covers`, without the plain evaluator, which such patterns would keep busy for ever.
fn covers_plainly(pattern: &str, resource: &str) -> bool {
    let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{pattern}"}}"#);
    let caller = Caller { identity: vec![identity(&statement)], ..user(HOME, "ann") };
    let scene = Scene { resource, ..Scene::default() };
    trailward_policy::evaluate(&scene.request(&caller)).is_allowed()
}

#[test]
fn questions_beside_policies() {
    for (pattern, text, want) in [
        ("*", "", true),
        ("s3:*Object", "s3:deleteobject", true),
        ("s3:*object", "s3:deleteobjectversion", false),
        ("a?c*", "abcdef", true),
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "axxbyy", false),
        ("", "x", false),
        ("${aws:username}", "${aws:username}", true),
    ] {
        assert_eq!(trailward_policy::like(pattern, text), want, "{pattern} {text}");
    }
}
