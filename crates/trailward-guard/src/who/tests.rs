//! Judging made-up accounts: what protections close, and what must not be taken for closed.

use super::{
    Account, AclGrant, Attached, Bucket, Certainty, Fact, Finding, Identities, Identity, Key, KeyGrant, Kind,
    Lock, Organization, PublicAccess, Report, Retention, Snapshot, Trail, Unread, Versioning, judge,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const HOME: &str = "111122223333";
pub(super) const OTHER: &str = "444455556666";

pub(super) fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn allow(actions: &[&str]) -> Vec<Attached> {
    let document = policy(&json!([{ "Effect": "Allow", "Action": actions, "Resource": "*" }]));
    vec![Attached { name: "own".to_owned(), document }]
}

pub(super) fn user(name: &str, actions: &[&str]) -> Identity {
    Identity {
        name: name.to_owned(),
        arn: format!("arn:aws:iam::{HOME}:user/{name}"),
        id: format!("AIDA{}", name.to_uppercase()),
        inline: if actions.is_empty() { Vec::new() } else { allow(actions) },
        ..Identity::default()
    }
}

pub(super) fn role(name: &str, principal: &Value, actions: &[&str]) -> Identity {
    let trust = json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]);
    Identity {
        arn: format!("arn:aws:iam::{HOME}:role/{name}"),
        id: format!("AROA{}", name.to_uppercase()),
        trust: Some(policy(&trust)),
        ..user(name, actions)
    }
}

/// An account without an organization, with a versioned bucket that nobody else can reach.
pub(super) fn account(users: Vec<Identity>, roles: Vec<Identity>) -> Snapshot {
    let identities = Identities { users, roles, ..Identities::default() };
    let account = Account {
        identities: Fact::Known(identities),
        service_controls: Fact::Known(Vec::new()),
        resource_controls: Fact::Known(Vec::new()),
    };
    Snapshot {
        trail: Trail {
            arn: format!("arn:aws:cloudtrail:us-east-1:{HOME}:trail/audit"),
            prefix: None,
            organization: false,
            log_role: None,
            insights: Some(false),
        },
        bucket: Bucket {
            name: "logs".to_owned(),
            owner: Fact::Known(HOME.to_owned()),
            region: Fact::Known("us-east-1".to_owned()),
            policy: Fact::Known(None),
            grants: Fact::Known(Vec::new()),
            acls_count: Fact::Known(false),
            versioning: Fact::Known(Versioning { enabled: true, mfa_delete: false }),
            lock: Fact::Known(None),
            public_access: Fact::Known(PublicAccess::default()),
        },
        key: None,
        log_group: None,
        topic: None,
        accounts: BTreeMap::from([(HOME.to_owned(), account)]),
        organization: Fact::Known(None),
    }
}

pub(super) fn home(snapshot: &mut Snapshot) -> &mut Account {
    snapshot.accounts.get_mut(HOME).unwrap()
}

pub(super) fn report(snapshot: &Snapshot) -> Report {
    judge(snapshot, &[]).unwrap()
}

pub(super) fn finding<'a>(report: &'a Report, name: &str, way: &str) -> Option<&'a Finding> {
    report.findings.iter().find(|f| f.principal.name == name && f.way == way)
}

/// The names of all ways somebody has.
pub(super) fn ways(report: &Report, name: &str) -> Vec<&'static str> {
    report.findings.iter().filter(|f| f.principal.name == name).map(|f| f.way).collect()
}

fn unread() -> Unread {
    Unread { action: "x:Read".to_owned(), problem: "AccessDenied: no".to_owned() }
}

fn lock(compliance: bool) -> Fact<Option<Lock>> {
    Fact::Known(Some(Lock { default: Some(Retention { compliance, period: "365 days".to_owned() }) }))
}

const DELETERS: [&str; 6] = [
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:PutObject",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
];

/// What a bucket has, and what is left of the ways then.
type Case = (&'static str, Versioning, Fact<Option<Lock>>, &'static [&'static str]);

#[test]
fn each_protection_of_the_bucket_closes_what_it_closes() {
    let mut snapshot = account(vec![user("a", &DELETERS)], Vec::new());
    let cases: [Case; 5] = [
        (
            "nothing at all",
            Versioning { enabled: false, mfa_delete: false },
            Fact::Known(None),
            &["delete-bucket", "delete-objects", "lifecycle", "overwrite-objects"],
        ),
        (
            "versions",
            Versioning { enabled: true, mfa_delete: false },
            Fact::Known(None),
            &[
                "delete-bucket",
                "delete-versions",
                "lifecycle",
                "suspend-versioning",
                "hide-objects",
                "overwrite-objects",
            ],
        ),
        (
            "MFA delete",
            Versioning { enabled: true, mfa_delete: true },
            Fact::Known(None),
            &["hide-objects", "overwrite-objects"],
        ),
        (
            "governance, without the permission to bypass it",
            Versioning { enabled: true, mfa_delete: false },
            lock(false),
            &["hide-objects", "lifecycle", "overwrite-objects"],
        ),
        (
            "compliance",
            Versioning { enabled: true, mfa_delete: false },
            lock(true),
            &["hide-objects", "lifecycle", "overwrite-objects"],
        ),
    ];
    for (name, versioning, lock, want) in cases {
        snapshot.bucket.versioning = Fact::Known(versioning);
        snapshot.bucket.lock = lock;
        let report = report(&snapshot);
        assert_eq!(ways(&report, "user/a"), want, "{name}");
        let root = finding(&report, "root", "delete-versions");
        assert_eq!(root.is_some(), versioning.enabled && snapshot.bucket.lock == Fact::Known(None), "{name}");
        if versioning.mfa_delete {
            assert_eq!(root.unwrap().conditions, ["with a code of root's MFA device"]);
        }
    }
    let report = report(&snapshot);
    let closed: Vec<_> = report.closed.iter().map(|closed| closed.way).collect();
    for way in ["delete-versions", "delete-bucket", "shorten-retention", "suspend-versioning"] {
        assert!(closed.contains(&way), "{closed:?}");
    }
    assert!(finding(&report, "root", "bypass-governance").is_none());
}

type Spoil = fn(&mut Snapshot);

#[test]
fn what_was_not_read_is_never_nobody_and_never_certain() {
    let mut snapshot =
        account(vec![user("a", &["s3:DeleteObjectVersion", "s3:PutBucketPolicy"])], Vec::new());
    assert_eq!(
        finding(&report(&snapshot), "user/a", "delete-versions").unwrap().certainty,
        Certainty::Certain
    );
    let spoils: [(&str, Spoil, &str); 5] = [
        ("lock", |s| s.bucket.lock = Fact::Unread(unread()), "delete-versions"),
        ("versioning", |s| s.bucket.versioning = Fact::Unread(unread()), "delete-bucket"),
        ("policy", |s| s.bucket.policy = Fact::Unread(unread()), "replace-bucket-policy"),
        ("controls", |s| home(s).service_controls = Fact::Unread(unread()), "delete-versions"),
        ("organization", |s| s.organization = Fact::Unread(unread()), "replace-bucket-policy"),
    ];
    for (name, spoil, way) in spoils {
        let mut without = snapshot.clone();
        if way == "delete-bucket" {
            let more = user("a", &["s3:DeleteObject", "s3:DeleteBucket"]);
            home(&mut without).identities =
                Fact::Known(Identities { users: vec![more], ..Identities::default() });
        }
        spoil(&mut without);
        let report = report(&without);
        assert!(report.unknown.iter().any(|u| u.why == unread()), "{name}: {:?}", report.unknown);
        let found = finding(&report, "user/a", way).unwrap();
        assert_eq!(found.certainty, Certainty::Possible, "{name}");
        assert!(found.conditions.iter().any(|c| c.contains("could not be read")), "{name}: {found:?}");
    }
    home(&mut snapshot).identities = Fact::Unread(unread());
    let blind = report(&snapshot);
    assert!(!blind.is_clean() && blind.unexpected().next().is_none());
    assert!(blind.unknown.iter().any(|u| u.what.contains("users and roles")), "{:?}", blind.unknown);
    snapshot.accounts.clear();
    let blinder = report(&snapshot);
    assert!(!blinder.is_clean() && blinder.unknown.iter().any(|u| u.what.contains(HOME)));
}

#[test]
fn a_document_that_is_not_understood_is_not_known() {
    let mut broken = user("a", &[]);
    broken.inline = vec![Attached { name: "own".to_owned(), document: "{".to_owned() }];
    let report = report(&account(vec![broken], Vec::new()));
    assert!(report.unknown.iter().any(|u| u.what.contains("inline policy own of user/a")), "{report:?}");
}

#[test]
fn chains_and_permissions_on_permissions_lead_on() {
    let services = json!({ "Service": "ec2.amazonaws.com" });
    let stop = &["cloudtrail:StopLogging"];
    let own = |name: &str| json!({ "AWS": format!("arn:aws:iam::{HOME}:user/{name}") });
    let mut held = user("held", &["cloudtrail:StopLogging", "iam:DeleteUserPermissionsBoundary"]);
    held.boundary = Some("arn:aws:iam::111122223333:policy/bound".to_owned());
    let mut kept = user("kept", &["cloudtrail:StopLogging", "iam:PutUserPolicy"]);
    kept.boundary = held.boundary.clone();
    let mut joined = user("joiner", &["iam:AddUserToGroup"]);
    joined.groups = Vec::new();
    let users = vec![
        user("keys", &["iam:CreateAccessKey"]),
        user("other", stop),
        user("rewriter", &["iam:PutRolePolicy"]),
        user("trusted", &["iam:AttachRolePolicy"]),
        user("runner", &["iam:PassRole", "ec2:RunInstances"]),
        user("passer", &["iam:PassRole"]),
        joined,
        held,
        kept,
    ];
    let roles = vec![
        role("machine", &services, stop),
        role("weak", &own("trusted"), &[]),
        role("linked", &json!({ "AWS": HOME }), stop),
    ];
    let mut snapshot = account(users, roles);
    let Fact::Known(identities) = &mut home(&mut snapshot).identities else { panic!("they were read") };
    let bound = policy(&json!([{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" }]));
    identities.policies.insert("arn:aws:iam::111122223333:policy/bound".to_owned(), bound);
    let mut group = user("ops", stop);
    group.arn = format!("arn:aws:iam::{HOME}:group/ops");
    identities.groups.push(group);
    let report = report(&snapshot);
    let path = |name: &str| {
        let found = finding(&report, name, "stop-logging");
        found.map(|f| f.path.iter().map(|step| step.does.clone()).collect::<Vec<_>>())
    };
    let steps = |list: &[&str]| Some(list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
    assert_eq!(path("user/keys"), steps(&["makes an access key for user/other"]));
    assert_eq!(path("user/rewriter"), None, "it can be nobody whose role it rewrites");
    let both = "gives role/weak any permission (a managed policy), then assumes role/weak";
    assert_eq!(path("user/trusted"), steps(&[both]));
    assert_eq!(
        path("user/runner"),
        steps(&["runs something of its own as role/machine (ec2.amazonaws.com)"])
    );
    assert_eq!(path("user/passer"), None);
    assert_eq!(path("user/joiner"), steps(&["puts itself into group/ops"]));
    assert_eq!(path("user/held"), steps(&["takes the permissions boundary off itself"]));
    let freed = path("user/kept").unwrap();
    assert_eq!(freed.len(), 2, "{freed:?}");
    assert!(
        freed[0].starts_with("gives itself any permission"),
        "the boundary lets it be taken off: {freed:?}"
    );
}

#[test]
fn control_policies_bind_members_and_not_the_management_account() {
    let mut snapshot = account(vec![user("a", &["cloudtrail:*", "s3:*"])], Vec::new());
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let deny = policy(&json!([
        { "Effect": "Deny", "Action": ["cloudtrail:*", "s3:*", "organizations:*"], "Resource": "*" }]));
    let named = |document: &str| Attached { name: "p".to_owned(), document: document.to_owned() };
    snapshot.organization = Fact::Known(Some(Organization {
        id: "o-example".to_owned(),
        management: OTHER.to_owned(),
        delegated: Fact::Known(Vec::new()),
    }));
    let open = report(&snapshot);
    assert!(finding(&open, "user/a", "stop-logging").is_some());
    home(&mut snapshot).service_controls =
        Fact::Known(vec![vec![named(everything)], vec![named(everything), named(&deny)]]);
    let held = report(&snapshot);
    assert!(held.is_clean(), "{held:?}");
    assert!(finding(&held, "root", "stop-logging").is_none(), "root of a member is bound");
    let name = format!("management account {OTHER}");
    assert!(finding(&held, &name, "detach-policy").is_some(), "{held:?}");
    assert!(held.findings.iter().all(|f| f.principal.expected.is_some()));
    // A level that allows nothing.
    home(&mut snapshot).service_controls = Fact::Known(vec![vec![named(&deny)]]);
    assert!(report(&snapshot).is_clean());
}

#[test]
fn outsiders_come_in_by_policies_lists_and_grants() {
    let mut snapshot = account(Vec::new(), Vec::new());
    let all = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"];
    let put = |principal: Value, condition: Value| {
        policy(&json!([{ "Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": all,
            "Condition": condition }]))
    };
    snapshot.bucket.policy = Fact::Known(Some(put(json!("*"), json!({}))));
    let found = report(&snapshot);
    for kind in [Kind::Anonymous, Kind::AnyAccount] {
        assert!(
            found.unexpected().any(|f| f.principal.kind == kind && f.way == "delete-versions"),
            "{kind:?}"
        );
    }
    snapshot.bucket.public_access =
        Fact::Known(PublicAccess { ignore_public_acls: true, restrict_public_buckets: true });
    assert!(report(&snapshot).is_clean(), "the public is kept out");
    let tied = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-example" } });
    snapshot.bucket.policy = Fact::Known(Some(put(json!("*"), tied)));
    let found = report(&snapshot);
    let member = finding(&found, "any AWS account", "delete-versions").unwrap();
    assert_eq!(member.certainty, Certainty::Possible);
    assert!(member.conditions[0].contains("aws:PrincipalOrgID"), "{member:?}");
    assert!(finding(&found, "anybody, unsigned", "delete-versions").is_none());
    let service = json!({ "Service": "cloudtrail.amazonaws.com" });
    snapshot.bucket.policy = Fact::Known(Some(put(service, json!({}))));
    let found = report(&snapshot);
    assert!(finding(&found, "cloudtrail.amazonaws.com", "overwrite-objects").is_none(), "that is its part");
    snapshot.bucket.policy = Fact::Known(None);
    snapshot.bucket.acls_count = Fact::Known(true);
    snapshot.bucket.public_access = Fact::Known(PublicAccess::default());
    let grant = |grantee: &str, permission: &str| AclGrant {
        grantee: grantee.to_owned(),
        permission: permission.to_owned(),
    };
    snapshot.bucket.grants = Fact::Known(vec![grant("AllUsers", "WRITE"), grant("abcdef", "WRITE_ACP")]);
    let found = report(&snapshot);
    assert_eq!(ways(&found, "anybody, unsigned"), ["overwrite-objects"]);
    assert_eq!(ways(&found, "canonical user abcdef…"), ["bucket-acl"]);
    let arn = format!("arn:aws:kms:us-east-1:{HOME}:key/1");
    let owner =
        json!([{ "Effect": "Allow", "Principal": { "AWS": HOME }, "Action": "kms:*", "Resource": "*" }]);
    snapshot.key = Some(Key {
        arn,
        policy: Fact::Known(policy(&owner)),
        grants: Fact::Known(vec![KeyGrant {
            id: "g".to_owned(),
            grantee: format!("arn:aws:iam::{OTHER}:user/eve"),
            operations: vec!["CreateGrant".to_owned()],
        }]),
        imported: Some(true),
    });
    let found = report(&snapshot);
    assert_eq!(ways(&found, "user/eve"), ["key-grants"]);
    assert!(finding(&found, "root", "key-material").is_some());
}

#[test]
fn resource_control_policies_keep_outsiders_out() {
    let mut snapshot = account(vec![user("a", &["s3:DeleteObjectVersion"])], Vec::new());
    let statements = json!([{ "Effect": "Allow", "Principal": { "AWS": OTHER }, "Action": "s3:DeleteObjectVersion",
        "Resource": "arn:aws:s3:::logs/*" }]);
    snapshot.bucket.policy = Fact::Known(Some(policy(&statements)));
    let name = format!("account {OTHER}");
    assert!(finding(&report(&snapshot), &name, "delete-versions").is_some());
    let perimeter = policy(&json!([{ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:PrincipalAccount": HOME } } }]));
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let named =
        |name: &str, document: &str| Attached { name: name.to_owned(), document: document.to_owned() };
    home(&mut snapshot).resource_controls =
        Fact::Known(vec![vec![named("RCPFullAWSAccess", everything), named("perimeter", &perimeter)]]);
    let held = report(&snapshot);
    assert!(finding(&held, &name, "delete-versions").is_none(), "{held:?}");
    assert!(finding(&held, "user/a", "delete-versions").is_some());
    assert!(held.unknown.is_empty(), "{:?}", held.unknown);
}

#[test]
fn whoever_a_provider_vouches_for_and_services_roles() {
    let provider = format!("arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com");
    let stop = &["cloudtrail:StopLogging"];
    let web = |name: &str, condition: Value| {
        let trust = json!([{ "Effect": "Allow", "Principal": { "Federated": provider },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition }]);
        Identity { trust: Some(policy(&trust)), ..role(name, &json!("*"), stop) }
    };
    let subject = json!({ "StringLike": { "token.actions.githubusercontent.com:sub": "repo:x/y:*" } });
    let service = json!({ "Service": "config.amazonaws.com" });
    let mut linked = role("AWSServiceRoleForConfig", &service, stop);
    linked.arn =
        format!("arn:aws:iam::{HOME}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig");
    let mut snapshot = account(vec![user("admin", &["iam:*"])], vec![web("narrow", subject), linked]);
    let found = report(&snapshot);
    let name = format!("whoever {provider} vouches for");
    let vouched = finding(&found, &name, "stop-logging").unwrap();
    assert_eq!(vouched.certainty, Certainty::Possible);
    assert!(vouched.conditions[0].contains(":sub (StringLike repo:x/y:*)"), "{vouched:?}");
    let own = finding(&found, "role/AWSServiceRoleForConfig", "stop-logging").unwrap();
    assert!(own.principal.expected.is_some());
    assert!(finding(&found, "config.amazonaws.com", "stop-logging").is_none(), "it is the role that has it");
    let admin = finding(&found, "user/admin", "stop-logging").unwrap();
    assert!(admin.path[0].itself, "{admin:?}");
    let Fact::Known(identities) = &mut home(&mut snapshot).identities else { panic!("they were read") };
    identities.roles = vec![web("wide", json!({}))];
    let found = report(&snapshot);
    assert_eq!(finding(&found, &name, "stop-logging").unwrap().certainty, Certainty::Certain);
}

#[test]
fn a_member_leaves_the_management_account_to_itself() {
    let mut snapshot = account(Vec::new(), Vec::new());
    snapshot.trail.arn = format!("arn:aws:cloudtrail:us-east-1:{OTHER}:trail/org");
    snapshot.trail.organization = true;
    snapshot.organization = Fact::Known(Some(Organization {
        id: "o-example".to_owned(),
        management: OTHER.to_owned(),
        delegated: Fact::Known(Vec::new()),
    }));
    let found = report(&snapshot);
    assert!(found.is_clean(), "{found:?}");
    let name = format!("management account {OTHER}");
    assert!(finding(&found, &name, "stop-logging").is_some());
}

#[test]
fn delegated_administrators_have_the_organizations_trail() {
    let mut snapshot = account(Vec::new(), Vec::new());
    snapshot.trail.organization = true;
    snapshot.organization = Fact::Known(Some(Organization {
        id: "o-example".to_owned(),
        management: HOME.to_owned(),
        delegated: Fact::Known(vec![OTHER.to_owned()]),
    }));
    let found = report(&snapshot);
    let name = format!("account {OTHER}");
    assert!(finding(&found, &name, "stop-logging").is_some(), "{found:?}");
    assert!(finding(&found, &name, "delete-bucket-policy").is_none());
    assert_eq!(judge(&snapshot, &[OTHER.to_owned()]).unwrap().unexpected().count(), 0);
}

const ROLLED: &str = "arn:aws:iam::111122223333:policy/rolled";

/// A managed policy that allows nothing of use, and did before.
fn rolled(snapshot: &mut Snapshot, before: &Value) {
    let Fact::Known(identities) = &mut home(snapshot).identities else { panic!() };
    let harmless = policy(&json!([{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }]));
    let versions = [("v1", policy(before)), ("v2", "{".to_owned()), ("v3", harmless.clone())];
    let versions = versions.map(|(id, document)| (id.to_owned(), document));
    identities.policies.insert(ROLLED.to_owned(), harmless);
    identities.versions.insert(ROLLED.to_owned(), BTreeMap::from(versions));
}

fn with(mut one: Identity) -> Identity {
    one.attached.push(ROLLED.to_owned());
    one
}

#[test]
fn whoever_sets_the_default_version_chooses_among_all() {
    const SET: &str = "iam:SetDefaultPolicyVersion";
    let trusting = json!({ "AWS": format!("arn:aws:iam::{HOME}:user/behind") });
    let mut member = user("member", &[SET]);
    member.groups.push("ops".to_owned());
    let mut denied = with(user("denied", &[SET]));
    let statement = json!([{ "Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*" }]);
    denied.inline.push(Attached { name: "deny".to_owned(), document: policy(&statement) });
    let users = vec![
        with(user("self", &[SET])),
        user("behind", &[SET, "sts:AssumeRole"]),
        member,
        denied,
        user("without", &[SET]),
        with(user("unable", &["iam:GetPolicyVersion"])),
    ];
    let mut snapshot = account(users, vec![with(role("worker", &trusting, &[]))]);
    let Fact::Known(identities) = &mut home(&mut snapshot).identities else { panic!() };
    identities
        .groups
        .push(with(Identity { arn: format!("arn:aws:iam::{HOME}:group/ops"), ..user("ops", &[]) }));
    rolled(
        &mut snapshot,
        &json!([{ "Effect": "Allow", "Action": "cloudtrail:StopLogging", "Resource": "*" }]),
    );
    let found = report(&snapshot);
    let path = |name: &str| {
        let steps = &finding(&found, name, "stop-logging")?.path;
        Some(steps.iter().map(|step| step.does.clone()).collect::<Vec<_>>())
    };
    let own = "makes version v1 of policy rolled the default, which binds itself";
    assert_eq!(path("user/self"), Some(vec![own.to_owned()]));
    assert_eq!(path("user/member"), Some(vec![own.to_owned()]));
    let other =
        "makes version v1 of policy rolled the default, which binds role/worker, then assumes role/worker";
    assert_eq!(path("user/behind"), Some(vec![other.to_owned()]));
    for name in ["user/denied", "user/without", "user/unable", "role/worker"] {
        assert_eq!(path(name), None, "{name}");
    }
    let closes = &finding(&found, "user/self", "stop-logging").unwrap().closes;
    assert!(closes.iter().any(|line| line.contains(SET)), "{closes:?}");
    // A version that cannot be understood may allow anything.
    assert!(found.unknown.iter().any(|unknown| unknown.what.contains("version v2")), "{:?}", found.unknown);
}

#[test]
fn versions_that_were_not_read_are_not_known() {
    let snapshot = account(vec![user("a", &[])], Vec::new());
    assert!(report(&snapshot).unknown.is_empty());
    let mut kept = serde_json::to_value(&snapshot).unwrap();
    let text = kept.to_string();
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
    let identities = kept.pointer_mut(&format!("/accounts/{HOME}/identities")).unwrap();
    let inside = identities.as_object_mut().unwrap().values_mut().find(|value| value.is_object()).unwrap();
    let map = inside.as_object_mut().unwrap();
    assert!(map.remove("versions").is_some() && map.remove("versionsUnread").is_some());
    let old: Snapshot = serde_json::from_value(kept).unwrap();
    let unknown = &report(&old).unknown;
    assert!(unknown.iter().any(|unknown| unknown.why.action == "iam:ListPolicyVersions"), "{unknown:?}");
}

#[test]
fn one_hole_in_a_deny_is_found_on_the_digests_too() {
    let mut narrow = user("a", &[]);
    let statement = json!([{ "Effect": "Allow", "Action": "s3:DeleteObjectVersion",
        "Resource": format!("arn:aws:s3:::logs/AWSLogs/{HOME}/CloudTrail-Digest/eu-west-1/2025/*") }]);
    narrow.inline = vec![Attached { name: "own".to_owned(), document: policy(&statement) }];
    let mut elsewhere = user("b", &[]);
    let statement = json!([{ "Effect": "Allow", "Action": "s3:DeleteObjectVersion",
        "Resource": "arn:aws:s3:::logs/elsewhere/*" }]);
    elsewhere.inline = vec![Attached { name: "own".to_owned(), document: policy(&statement) }];
    let found = report(&account(vec![narrow, elsewhere], Vec::new()));
    let digest = finding(&found, "user/a", "delete-versions").unwrap();
    assert!(digest.resources[0].contains("CloudTrail-Digest/eu-west-1/2025"), "{digest:?}");
    assert!(ways(&found, "user/b").is_empty(), "other objects are none of the trail's");
}

#[test]
fn headers_hold_nobody_back_and_a_device_does() {
    let conditional = |name: &str, effect: &str, condition: Value| {
        let mut one = user(name, &[]);
        let statements = json!([
            { "Effect": "Allow", "Action": "cloudtrail:*", "Resource": "*",
              "Condition": if effect == "Allow" { condition.clone() } else { json!({}) } },
            { "Effect": "Deny", "Action": if effect == "Deny" { "cloudtrail:*" } else { "x:y" }, "Resource": "*",
              "Condition": condition }]);
        one.inline = vec![Attached { name: "own".to_owned(), document: policy(&statements) }];
        one
    };
    let agent = json!({ "StringEquals": { "aws:UserAgent": "x" } });
    let device = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let no_device = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
    let found = report(&account(
        vec![
            conditional("agent", "Allow", agent.clone()),
            conditional("dodger", "Deny", agent),
            conditional("device", "Allow", device),
            conditional("denied", "Deny", no_device),
        ],
        Vec::new(),
    ));
    for (name, want) in [
        ("user/agent", Certainty::Certain),
        ("user/dodger", Certainty::Certain),
        ("user/device", Certainty::Possible),
        ("user/denied", Certainty::Possible),
    ] {
        assert_eq!(finding(&found, name, "stop-logging").unwrap().certainty, want, "{name}");
    }
    let denied = finding(&found, "user/denied", "stop-logging").unwrap();
    assert!(denied.conditions[0].starts_with("unless aws:MultiFactorAuthPresent"), "{denied:?}");
}

#[test]
fn the_drawing_is_the_same_each_time_and_safe() {
    let mut hostile = user("a", &["cloudtrail:*", "s3:*"]);
    hostile.name = "</svg><script>\"'\u{202e}".to_owned();
    let snapshot = account(vec![hostile], Vec::new());
    let drawn = super::graph::svg(&report(&snapshot));
    assert_eq!(drawn, super::graph::svg(&report(&snapshot)));
    assert!(!drawn.contains("<script") && !drawn.contains('\u{202e}'), "{drawn}");
    assert_eq!(drawn.matches("</svg>").count(), 1);
}
