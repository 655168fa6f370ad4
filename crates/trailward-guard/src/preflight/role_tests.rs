//! Roles that people have really got wrong.

use super::{Facts, FoundRole, LogFacts, Proposal, Report, RolePolicy, Subject, preflight};
use serde_json::{Value, json};

const TRUST: &str = "InvalidCloudWatchLogsRoleArnException";
const GROUP: &str = "InvalidCloudWatchLogsLogGroupArnException";
const NAME: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail-events";

fn document(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn trust() -> Value {
    json!([{ "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "sts:AssumeRole" }])
}

fn stream(begins: &str) -> String {
    format!("{NAME}:log-stream:{begins}*")
}

/// As AWS documents it.
fn documented() -> Value {
    let resource = stream("111122223333_CloudTrail_us-east-1");
    json!([{ "Sid": "AWSCloudTrailCreateLogStream2014110", "Effect": "Allow", "Action": ["logs:CreateLogStream"],
        "Resource": [resource] },
      { "Sid": "AWSCloudTrailPutLogEvents20141101", "Effect": "Allow", "Action": ["logs:PutLogEvents"],
        "Resource": [resource] }])
}

fn policy(name: &str, statements: &Value, inline: bool) -> RolePolicy {
    RolePolicy { name: name.to_owned(), document: document(statements), inline }
}

fn role(trust: &Value, permissions: &Value) -> FoundRole {
    FoundRole { trust: document(trust), policies: vec![policy("write", permissions, true)], boundary: None }
}

fn log(found: Option<FoundRole>) -> LogFacts {
    LogFacts {
        group: format!("{NAME}:*"),
        exists: Some(true),
        role: "arn:aws:iam::111122223333:role/service-role/trail-logs".into(),
        found,
    }
}

fn judged(log: &LogFacts, organization: bool) -> Report {
    let trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    let proposal = Proposal {
        trail: trail.parse().unwrap(),
        bucket: "logs".into(),
        prefix: None,
        organization: organization.then(|| "o-exampleorg1".to_owned()),
        validation: false,
    };
    let facts = Facts { bucket: None, topic: None, key: None, log: Some(log.clone()) };
    let mut report = preflight(&proposal, &facts).unwrap();
    report.findings.retain(|finding| finding.refusal != Some("S3BucketDoesNotExistException"));
    report
}

/// The role with its patches applied.
fn mended(log: &LogFacts, report: &Report) -> LogFacts {
    let mut log = log.clone();
    let role = log.found.as_mut().unwrap();
    for patch in &report.patches {
        match (patch.subject, &patch.name) {
            (Subject::Trust, None) => role.trust = patch.policy.to_string(),
            (Subject::Role, Some(name)) => {
                role.policies.retain(|policy| policy.name != *name);
                role.policies.push(RolePolicy {
                    name: name.clone(),
                    document: patch.policy.to_string(),
                    inline: true,
                });
            }
            other => panic!("{other:?}"),
        }
    }
    log
}

#[test]
fn what_aws_documents_passes() {
    for permissions in [
        documented(),
        json!([{ "Effect": "Allow", "Action": "logs:*", "Resource": "*" }]),
        json!([{ "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": format!("{NAME}:*") }]),
        json!({ "Effect": "Allow", "Action": "LOGS:*LOG*", "Resource": format!("{NAME}:log-stream:*") }),
    ] {
        let report = judged(&log(Some(role(&trust(), &permissions))), false);
        assert_eq!(report, Report::default(), "{permissions}");
    }
    // A managed policy counts as an inline one does.
    let mut managed = role(&trust(), &documented());
    managed.policies[0].inline = false;
    assert_eq!(judged(&log(Some(managed)), false), Report::default());
}

/// What is wrong, the role, the refusal, the statement that is named, what its finding says, and the places of the edits.
type Case = (&'static str, FoundRole, &'static str, Option<usize>, &'static str, &'static [&'static str]);

#[test]
fn broken_roles_are_named_and_mended() {
    let allow = |principal: Value, more: Value| {
        let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" });
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([statement])
    };
    let cloudtrail = json!({ "Service": "cloudtrail.amazonaws.com" });
    let source = json!({ "Condition": { "StringEquals": {
        "aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main" } } });
    let account = json!({ "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } } });
    let external = json!({ "Condition": { "StringEquals": { "sts:ExternalId": "secret" } } });
    let denied = {
        let mut all = trust();
        all.as_array_mut().unwrap().push(json!({ "Sid": "Perimeter", "Effect": "Deny", "Principal": "*",
            "Action": "sts:AssumeRole", "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } }));
        all
    };
    let both = json!(["logs:CreateLogStream", "logs:PutLogEvents"]);
    let on = |resource: &str| json!([{ "Effect": "Allow", "Action": both, "Resource": [resource] }]);
    let only = |action: &str| json!([{ "Effect": "Allow", "Action": [action], "Resource": stream("111122223333_CloudTrail_us-east-1") }]);
    let cases: Vec<Case> = vec![
        (
            "trust of another service",
            role(&allow(json!({ "Service": "config.amazonaws.com" }), json!({})), &documented()),
            TRUST,
            Some(0),
            "Principal does not name cloudtrail.amazonaws.com",
            &["Statement[1]"],
        ),
        (
            "trust of CloudWatch Logs",
            role(&allow(json!({ "Service": "logs.amazonaws.com" }), json!({})), &documented()),
            TRUST,
            Some(0),
            "Principal does not name cloudtrail.amazonaws.com",
            &["Statement[1]"],
        ),
        (
            "trust of the account alone",
            role(&allow(json!({ "AWS": "arn:aws:iam::111122223333:root" }), json!({})), &documented()),
            TRUST,
            None,
            "no statement",
            &["Statement[1]"],
        ),
        (
            "trust for one trail, which CloudTrail does not say",
            role(&allow(cloudtrail.clone(), source), &documented()),
            TRUST,
            Some(0),
            "aws:SourceArn",
            &["Statement[1]"],
        ),
        (
            "trust for one account, which CloudTrail does not say",
            role(&allow(cloudtrail.clone(), account), &documented()),
            TRUST,
            Some(0),
            "aws:SourceAccount",
            &["Statement[1]"],
        ),
        (
            "trust with an external id",
            role(&allow(cloudtrail, external), &documented()),
            TRUST,
            Some(0),
            "sts:ExternalId",
            &["Statement[1]"],
        ),
        (
            "a perimeter that forgets services",
            role(&denied, &documented()),
            TRUST,
            Some(1),
            "it denies",
            &["Statement[1].Condition"],
        ),
        (
            "the group without its streams",
            role(&trust(), &on(NAME)),
            GROUP,
            Some(0),
            "does not cover that",
            &["Statement[0].Resource"],
        ),
        (
            "another Region's streams",
            role(&trust(), &on(&stream("111122223333_CloudTrail_eu-west-1"))),
            GROUP,
            Some(0),
            "does not cover that",
            &["Statement[0].Resource"],
        ),
        (
            "another account's streams",
            role(&trust(), &on(&stream("444455556666_CloudTrail_us-east-1"))),
            GROUP,
            Some(0),
            "does not cover that",
            &["Statement[0].Resource"],
        ),
        (
            "another group",
            role(&trust(), &on("arn:aws:logs:us-east-1:111122223333:log-group:other:*")),
            GROUP,
            Some(0),
            "does not cover that",
            &["Statement[0].Resource"],
        ),
        (
            "events cannot be put",
            role(&trust(), &only("logs:CreateLogStream")),
            GROUP,
            Some(0),
            "does not cover logs:PutLogEvents",
            &["Statement[0].Action"],
        ),
        (
            "streams cannot be made",
            role(&trust(), &only("logs:PutLogEvents")),
            GROUP,
            Some(0),
            "does not cover logs:CreateLogStream",
            &["Statement[0].Action"],
        ),
        (
            "names of API operations of old",
            role(
                &trust(),
                &json!([{ "Effect": "Allow", "Action": "cloudwatch:PutLogEvents", "Resource": "*" }]),
            ),
            GROUP,
            None,
            "no statement of the role's policies",
            &["Statement[1]", "Statement[1].Action"],
        ),
        (
            "no policy at all",
            FoundRole { policies: Vec::new(), ..role(&trust(), &documented()) },
            GROUP,
            None,
            "no statement of the role's policies",
            &["Statement[0]", "Statement[0].Action"],
        ),
        (
            "a managed policy that only reads",
            FoundRole {
                policies: vec![policy(
                    "arn:aws:iam::aws:policy/ReadOnly",
                    &json!([{ "Effect": "Allow", "Action": "logs:Get*", "Resource": "*" }]),
                    false,
                )],
                ..role(&trust(), &documented())
            },
            GROUP,
            Some(0),
            "does not cover logs:CreateLogStream",
            &["Statement[0]", "Statement[0].Action"],
        ),
        (
            "only over a network that services are not in",
            role(
                &trust(),
                &json!([{ "Effect": "Allow", "Action": both, "Resource": "*",
                "Condition": { "StringEquals": { "aws:SourceVpc": "vpc-1" } } }]),
            ),
            GROUP,
            Some(0),
            "the role's, has no such key",
            &["Statement[1]", "Statement[1].Action"],
        ),
    ];
    assert!(cases.len() >= 8);
    for (name, role, refusal, place, because, edits) in cases {
        let before = log(Some(role));
        let report = judged(&before, false);
        assert!(report.findings.iter().all(|finding| finding.refusal == Some(refusal)), "{name}: {report:?}");
        let found = report.findings.iter().find(|finding| finding.because.contains(because));
        let found = found.unwrap_or_else(|| panic!("{name}: {report:?}"));
        assert_eq!(found.place.as_ref().map(|place| place.statement), place, "{name}: {report:?}");
        let paths: Vec<&str> =
            report.patches.iter().flat_map(|patch| &patch.edits).map(|edit| edit.path.as_str()).collect();
        assert_eq!(paths, edits, "{name}: {report:?}");
        let after = judged(&mended(&before, &report), false);
        assert_eq!(after, Report::default(), "{name}");
    }
}

#[test]
fn what_no_patch_can_help_has_a_remedy() {
    let mut denied = documented();
    denied
        .as_array_mut()
        .unwrap()
        .push(json!({ "Sid": "NoLogs", "Effect": "Deny", "Action": "logs:Put*", "Resource": "*" }));
    let mut bounded = role(&trust(), &documented());
    bounded.boundary = Some(policy(
        "arn:aws:iam::111122223333:policy/boundary",
        &json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }]),
        false,
    ));
    let mut forbidden = role(&trust(), &documented());
    forbidden.boundary = Some(policy(
        "arn:aws:iam::111122223333:policy/boundary",
        &json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "logs:*", "Resource": "*" }]),
        false,
    ));
    for (role, named, statement) in [
        (role(&trust(), &denied), Some("write"), Some(2)),
        (bounded, None, None),
        (forbidden, Some("arn:aws:iam::111122223333:policy/boundary"), Some(1)),
    ] {
        let report = judged(&log(Some(role)), false);
        let [finding] = &report.findings[..] else { panic!("{report:?}") };
        assert!(report.patches.is_empty() && finding.remedy.is_some(), "{report:?}");
        assert_eq!(finding.refusal, Some(GROUP));
        let place = finding.place.as_ref();
        assert_eq!(place.and_then(|place| place.policy.as_deref()), named, "{report:?}");
        assert_eq!(place.map(|place| place.statement), statement, "{report:?}");
    }
}

#[test]
fn groups_and_roles_that_will_not_do() {
    let good = || log(Some(role(&trust(), &documented())));
    for (log, refusal, because) in [
        (LogFacts { group: NAME.to_owned(), ..good() }, GROUP, "does not end in `:*`"),
        (LogFacts { exists: Some(false), ..good() }, GROUP, "there is no log group"),
        (LogFacts { found: None, ..good() }, TRUST, "there is no role"),
        (
            LogFacts { role: "arn:aws:iam::444455556666:role/trail-logs".into(), ..good() },
            TRUST,
            "the role is account 444455556666's",
        ),
    ] {
        let report = judged(&log, false);
        let found = report.findings.iter().find(|finding| finding.because.contains(because));
        assert_eq!(found.and_then(|found| found.refusal), Some(refusal), "{because}: {report:?}");
    }
    let elsewhere = NAME.replace("us-east-1", "eu-west-1");
    let report = judged(&LogFacts { group: format!("{elsewhere}:*"), ..good() }, false);
    assert!(report.findings[0].because.contains("home Region is us-east-1"), "{report:?}");
    let stranger = NAME.replace("111122223333", "444455556666");
    let report = judged(&LogFacts { group: format!("{stranger}:*"), ..good() }, false);
    assert!(report.findings[0].because.contains("444455556666's"), "{report:?}");
    // That may be a delegated administrator's.
    let whole = json!([{ "Effect": "Allow", "Action": "logs:*", "Resource": "*" }]);
    let administrator = LogFacts {
        group: format!("{stranger}:*"),
        role: "arn:aws:iam::444455556666:role/trail-logs".into(),
        ..log(Some(role(&trust(), &whole)))
    };
    assert_eq!(judged(&administrator, true), Report::default());
    let broken =
        LogFacts { found: Some(FoundRole { trust: "{".into(), ..role(&trust(), &whole) }), ..good() };
    let proposal = Proposal {
        trail: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main".parse().unwrap(),
        bucket: "logs".into(),
        prefix: None,
        organization: None,
        validation: false,
    };
    let facts = Facts { bucket: None, topic: None, key: None, log: Some(broken) };
    let error = preflight(&proposal, &facts).unwrap_err().to_string();
    assert!(error.starts_with("the log role's trust policy is not valid"), "{error}");
}

#[test]
fn an_organization_needs_streams_of_its_members() {
    let before = log(Some(role(&trust(), &documented())));
    let report = judged(&before, true);
    assert!(report.findings.iter().any(|finding| finding.cannot[0].contains("o-exampleorg1_")), "{report:?}");
    let edits: Vec<&str> = report.patches[0].edits.iter().map(|edit| edit.path.as_str()).collect();
    assert_eq!(edits, ["Statement[0].Resource", "Statement[1].Resource"], "{report:?}");
    let after = mended(&before, &report);
    assert_eq!(judged(&after, true), Report::default());
    let text = &after.found.as_ref().unwrap().policies[0].document;
    assert!(text.contains(&stream("o-exampleorg1_")), "{text}");
}
