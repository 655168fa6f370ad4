//! Principals found and exchanged where they stand.

use trailward_policy::{Policy, PolicyKind, aws_principals, rename_aws_principals};

const TEXT: &str = r#"{ "Version": "2012-10-17",
  "Statement": [
    {"Effect":"Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice", "Service": "a.amazonaws.com"},
     "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"AWS": "arn:aws:iam::111122223333:user/alice"}}},
    {"Effect": "Deny", "NotPrincipal": { "AWS" : [ "arn:aws:iam::111122223333:r\u006fle/r", "*" ] }, "Action": "sts:AssumeRole"},
    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
  ]
}"#;

#[test]
fn names_are_found_and_exchanged_in_place() {
    let names =
        ["arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/r", "*"].map(str::to_owned);
    assert_eq!(aws_principals(TEXT), names);
    let renamed = rename_aws_principals(TEXT, |name| match name {
        "arn:aws:iam::111122223333:user/alice" => Some("AIDAAAAAAAAAAAAAAAAAA".to_owned()),
        "arn:aws:iam::111122223333:role/r" => Some("a \"quoted\" name".to_owned()),
        _ => None,
    });
    let expected = TEXT
        .replacen("\"arn:aws:iam::111122223333:user/alice\"", "\"AIDAAAAAAAAAAAAAAAAAA\"", 1)
        .replace("\"arn:aws:iam::111122223333:r\\u006fle/r\"", r#""a \"quoted\" name""#);
    assert_eq!(renamed, expected);
    assert_eq!(rename_aws_principals(TEXT, |_| None), TEXT);
    for odd in ["", "{", "[]", r#"{"Statement":1}"#, r#"{"Statement":{"Principal":{"AWS":{}}}}"#, "\"\u{1}\""]
    {
        assert_eq!(rename_aws_principals(odd, |_| Some("x".into())).replace("\"x\"", "{}"), odd, "{odd}");
    }
}

#[test]
fn a_single_statement_and_a_single_name() {
    let text = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"*"}}"#;
    assert_eq!(aws_principals(text), ["111122223333"]);
}

#[test]
fn unique_ids_stand_in_policies_with_and_without_a_session() {
    let policy = |name: &str| {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{name}"}},"Action":"s3:GetObject","Resource":"*"}}}}"#
        );
        Policy::parse(&text, PolicyKind::Resource).is_ok()
    };
    assert!(
        policy("AIDAAAAAAAAAAAAAAAAAA")
            && policy("AROAAAAAAAAAAAAAAAAAA")
            && policy("AROAAAAAAAAAAAAAAAAAA:s1")
    );
    for not in [
        "AIDAAAAAAAAAAAAAAAAAA:s1",
        "AROAAAAAAAAAAAAAAAAAA:*",
        "AROAAAAAAAAAAAAAAAAAA:",
        "AROAAAAAAAAAAAAAAAAAA:a:b",
    ] {
        assert!(!policy(not), "{not}");
    }
}
