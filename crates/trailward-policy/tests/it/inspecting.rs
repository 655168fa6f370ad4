//! Which keys a policy asks for, and where its statements stand.

use trailward_policy::{Policy, PolicyKind};

#[test]
fn spans_are_the_statements_as_written() {
    let text = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [ {\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},\n  {\"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::é\"} ]\n}";
    let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
    let shown = |at| policy.span(at).and_then(|span| text.get(span));
    assert_eq!(shown(0), Some(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#));
    assert_eq!(shown(1), Some(r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::é"}"#));
    assert_eq!(shown(2), None);
    let single = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let policy = Policy::parse(single, PolicyKind::Identity).unwrap();
    assert_eq!(policy.span(0), Some(36..single.len() - 1));
    assert_eq!(policy.span(1), None);
}

#[test]
fn keys_of_conditions_and_variables() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*",
        "Condition":{"StringEquals":{"s3:prefix":"${aws:PrincipalTag/team, 'none'}"},"Bool":{"aws:SecureTransport":"true"}}}]}"#;
    let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
    let keys: Vec<String> = policy.condition_keys().into_iter().collect();
    assert_eq!(keys, ["aws:SecureTransport", "aws:principaltag/team", "aws:username", "s3:prefix"]);
}
