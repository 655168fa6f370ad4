//! What was a fact when it was read and need not stay one: tags, names, roles that are not there yet; and ways that lie
//! outside of the trail and its bucket.

use super::tests::{HOME, OTHER, account, finding, home, policy, report, role, user, ways};
use super::{Attached, Certainty, Fact, Identity, Kind, Organization};
use serde_json::{Value, json};

/// A role whose trust lets `principal` in with `actions`.
fn trusting(name: &str, principal: &Value, actions: &[&str], inline: &[&str]) -> Identity {
    let trust = json!([{ "Effect": "Allow", "Principal": principal, "Action": actions }]);
    Identity { trust: Some(policy(&trust)), ..role(name, principal, inline) }
}

/// May stop trails with the tag, and `more` without.
fn by_tag(mut one: Identity, more: &[&str]) -> Identity {
    let statements = json!([
        { "Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": "*",
          "Condition": { "StringEquals": { "aws:PrincipalTag/team": "security" } } },
        { "Effect": "Allow", "Action": more, "Resource": "*" }]);
    one.inline = vec![Attached { name: "own".to_owned(), document: policy(&statements) }];
    one
}

#[test]
fn tags_are_facts_only_as_long_as_nobody_may_set_them() {
    let own = |name: &str| json!({ "AWS": format!("arn:aws:iam::{HOME}:user/{name}") });
    let none = &["s3:ListAllMyBuckets"];
    let mut tagged = by_tag(user("tagged", &[]), none);
    tagged.tags.insert("team".to_owned(), "security".to_owned());
    let users = vec![
        by_tag(user("plain", &[]), none),
        tagged,
        by_tag(user("self", &[]), &["iam:TagUser"]),
        by_tag(user("shedder", &[]), &["iam:UntagUser"]),
        user("caller", &["sts:AssumeRole", "sts:TagSession"]),
        user("silent", &["sts:AssumeRole"]),
        user("worker", &["sts:AssumeRole", "iam:TagRole"]),
    ];
    let both = json!({ "AWS": [format!("arn:aws:iam::{HOME}:user/caller"), format!("arn:aws:iam::{HOME}:user/silent")] });
    let roles = vec![
        by_tag(trusting("session", &both, &["sts:AssumeRole", "sts:TagSession"], &[]), none),
        by_tag(trusting("fixed", &own("silent"), &["sts:AssumeRole"], &[]), none),
        by_tag(trusting("weak", &own("worker"), &["sts:AssumeRole"], &[]), none),
    ];
    let mut snapshot = account(users, roles);
    let found = report(&snapshot);
    let certainty = |name: &str| finding(&found, name, "stop-logging").map(|found| found.certainty);
    assert_eq!(certainty("user/tagged"), Some(Certainty::Certain));
    assert_eq!(certainty("user/self"), Some(Certainty::Certain));
    assert_eq!(certainty("user/worker"), Some(Certainty::Certain), "tags the role, then becomes it");
    assert_eq!(certainty("user/caller"), Some(Certainty::Certain), "tags its session");
    assert_eq!(certainty("user/shedder"), Some(Certainty::Possible));
    // Somebody else sets tags: possible, and it is said who.
    let given = finding(&found, "user/plain", "stop-logging").unwrap();
    assert_eq!(given.certainty, Certainty::Possible);
    assert!(given.conditions.iter().any(|line| line == "if user/self sets its tags so"), "{given:?}");
    let step = &finding(&found, "user/caller", "stop-logging").unwrap().path[0];
    assert_eq!(step.actions, ["sts:AssumeRole", "sts:TagSession"]);
    // Where a control policy keeps tags as they are, they are facts again.
    let deny = policy(&json!([{ "Effect": "Deny", "Resource": "*",
        "Action": ["iam:TagUser", "iam:UntagUser", "iam:TagRole", "iam:UntagRole", "sts:TagSession"] }]));
    let everything = policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let named = |document: &str| Attached { name: "p".to_owned(), document: document.to_owned() };
    home(&mut snapshot).service_controls = Fact::Known(vec![vec![named(&everything), named(&deny)]]);
    let held = report(&snapshot);
    for name in ["user/plain", "user/self", "user/shedder", "user/caller", "user/worker", "user/silent"] {
        assert!(finding(&held, name, "stop-logging").is_none(), "{name}: {held:?}");
    }
    assert!(finding(&held, "user/tagged", "stop-logging").is_some());
}

#[test]
fn a_name_that_can_be_taken_passes() {
    let mut snapshot = account(
        vec![
            user("renamer", &["cloudtrail:StopLogging", "iam:UpdateUser"]),
            user("fixed", &["cloudtrail:StopLogging"]),
        ],
        Vec::new(),
    );
    let everything = policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let guard = |exempt: &str| {
        policy(&json!([{ "Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*",
            "Condition": { "ArnNotLike": { "aws:PrincipalArn": exempt } } }]))
    };
    let named = |document: &str| Attached { name: "p".to_owned(), document: document.to_owned() };
    let mut set = |exempt: &str| {
        home(&mut snapshot).service_controls =
            Fact::Known(vec![vec![named(&everything), named(&guard(exempt))]]);
        report(&snapshot)
    };
    let found = set("arn:aws:iam::*:user/break-glass-*");
    let renamed = finding(&found, "user/renamer", "stop-logging").unwrap();
    assert_eq!(renamed.certainty, Certainty::Possible);
    assert!(finding(&found, "user/fixed", "stop-logging").is_none());
    // No user can take a role's name.
    assert!(finding(&set("arn:aws:iam::*:role/break-glass"), "user/renamer", "stop-logging").is_none());
}

#[test]
fn a_sessions_name_is_chosen() {
    let mut worker = role("worker", &json!({ "AWS": HOME }), &[]);
    let statements = json!([{ "Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": "*",
        "Condition": { "StringLike": { "aws:userid": format!("{}:ops-*", worker.id) } } }]);
    worker.inline = vec![Attached { name: "own".to_owned(), document: policy(&statements) }];
    let mut other = worker.clone();
    (other.name, other.id) = ("other".to_owned(), "AROAOTHER".to_owned());
    other.arn = format!("arn:aws:iam::{HOME}:role/other");
    let found = report(&account(Vec::new(), vec![worker, other]));
    assert!(finding(&found, "role/worker", "stop-logging").is_some(), "{found:?}");
    assert!(finding(&found, "role/other", "stop-logging").is_none());
}

#[test]
fn calls_through_a_service_and_places_in_the_tree_are_not_known() {
    for condition in [
        json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" } }),
        json!({ "Bool": { "aws:ViaAWSService": "true" } }),
        json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-example/r-1/ou-1/*" } }),
    ] {
        let mut one = user("a", &[]);
        let statements = json!([{ "Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": "*",
            "Condition": condition }]);
        one.inline = vec![Attached { name: "own".to_owned(), document: policy(&statements) }];
        let found = report(&account(vec![one], Vec::new()));
        let possible = finding(&found, "user/a", "stop-logging").map(|found| found.certainty);
        assert_eq!(possible, Some(Certainty::Possible), "{condition}");
    }
}

#[test]
fn a_path_is_not_a_right() {
    let service = json!({ "Service": "config.amazonaws.com" });
    let with_path = |path: &str| {
        let mut one = role("x", &service, &["cloudtrail:StopLogging"]);
        one.arn = format!("arn:aws:iam::{HOME}:role/{path}x");
        one
    };
    for (path, linked) in [
        ("aws-service-role/config.amazonaws.com/", true),
        ("x:role/aws-service-role/", false),
        ("x/aws-service-role/", false),
        ("aws-service-rolex/", false),
    ] {
        let found = report(&account(Vec::new(), vec![with_path(path)]));
        let finding = finding(&found, "role/x", "stop-logging").unwrap();
        assert_eq!(finding.principal.kind == Kind::ServiceLinkedRole, linked, "{path}");
        assert_eq!(found.is_clean(), linked, "{path}");
    }
    // A policy of the account's own that is named as AWS's are.
    let arn = format!("arn:aws:iam::{HOME}:policy/x:aws:policy/own");
    let mut writer = user("writer", &["iam:CreatePolicyVersion"]);
    writer.attached = vec![arn.clone()];
    let mut snapshot = account(vec![writer], Vec::new());
    let Fact::Known(identities) = &mut home(&mut snapshot).identities else { panic!() };
    let harmless = policy(&json!([{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }]));
    identities.policies.insert(arn, harmless);
    assert!(finding(&report(&snapshot), "user/writer", "stop-logging").is_some());
    // Somebody outside whose path holds a colon is somebody.
    let principal = format!("arn:aws:iam::{OTHER}:role/x:y/eve");
    let statements = json!([{ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "s3:PutBucketPolicy",
        "Resource": "arn:aws:s3:::logs" }]);
    let mut snapshot = account(Vec::new(), Vec::new());
    snapshot.bucket.policy = Fact::Known(Some(policy(&statements)));
    assert!(finding(&report(&snapshot), "role/x:y/eve", "replace-bucket-policy").is_some());
}

#[test]
fn replication_closing_accounts_and_delegates_are_ways() {
    let all = [
        ("s3:ReplicateObject", "replicate-objects"),
        ("s3:ReplicateDelete", "replicate-deletes"),
        ("s3:ReplicateTags", "replicate-tags"),
        ("account:CloseAccount", "close-account"),
    ];
    for (action, way) in all {
        let found = report(&account(vec![user("a", &[action])], Vec::new()));
        assert_eq!(ways(&found, "user/a"), [way], "{action}");
    }
    let managed = |actions: &[&str]| {
        let mut snapshot = account(vec![user("a", actions)], Vec::new());
        snapshot.trail.organization = true;
        snapshot.organization = Fact::Known(Some(Organization {
            id: "o-example".to_owned(),
            management: HOME.to_owned(),
            delegated: Fact::Known(Vec::new()),
        }));
        report(&snapshot)
    };
    for (actions, way) in [
        (&["organizations:CloseAccount"][..], "close-member"),
        (&["organizations:CreatePolicy", "organizations:AttachPolicy"], "starving-policy"),
        (&["organizations:RegisterDelegatedAdministrator"], "register-delegate"),
        (&["cloudtrail:RegisterOrganizationDelegatedAdmin"], "register-trail-delegate"),
    ] {
        assert_eq!(ways(&managed(actions), "user/a"), [way], "{actions:?}");
    }
    assert!(ways(&managed(&["organizations:AttachPolicy"]), "user/a").is_empty());
    // The guides' and the control's deny names what replication writes with.
    let deny = json!([
        { "Effect": "Deny", "Principal": "*", "Action": crate::plan::policy::DELETES,
          "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"] }]);
    let mut snapshot = account(vec![user("a", &["s3:Replicate*"])], Vec::new());
    assert_eq!(ways(&report(&snapshot), "user/a").len(), 3);
    snapshot.bucket.policy = Fact::Known(Some(policy(&deny)));
    assert!(ways(&report(&snapshot), "user/a").is_empty());
}

#[test]
fn an_exempt_name_that_is_free_can_be_taken() {
    let actions = &["cloudtrail:StopLogging", "iam:CreateRole", "iam:AttachRolePolicy"];
    let mut snapshot =
        account(vec![user("maker", actions), user("plain", actions.get(..1).unwrap())], Vec::new());
    let everything = policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let guard = |more: &[&str]| {
        policy(&json!([
            { "Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*",
              "Condition": { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/break-glass" } } },
            { "Effect": "Deny", "Action": more, "Resource": "arn:aws:iam::*:role/break-glass" }]))
    };
    let named = |document: &str| Attached { name: "p".to_owned(), document: document.to_owned() };
    let mut bound = |more: &[&str]| {
        home(&mut snapshot).service_controls =
            Fact::Known(vec![vec![named(&everything), named(&guard(more))]]);
        report(&snapshot)
    };
    let found = bound(&["x:y"]);
    let made = finding(&found, "user/maker", "stop-logging").unwrap();
    assert_eq!(made.path[0].does, "makes role/break-glass with any permission, and assumes it");
    assert!(finding(&found, "user/plain", "stop-logging").is_none());
    assert!(finding(&bound(&["iam:CreateRole"]), "user/maker", "stop-logging").is_none());
    // Without any exemption it is a way to every permission all the same.
    let found = report(&account(vec![user("maker", &["iam:CreateRole", "iam:PutRolePolicy"])], Vec::new()));
    assert!(finding(&found, "user/maker", "delete-versions").is_some());
    let found = report(&account(vec![user("half", &["iam:CreateRole"])], Vec::new()));
    assert!(found.is_clean());
}
