//! S3's notion of a public policy.

use trailward_policy::{Policy, PolicyKind};

fn is_public(principal: &str, condition: &str) -> bool {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*", "Condition": {{{condition}}}}}}}"#
    );
    Policy::parse(&text, PolicyKind::Resource).unwrap().is_public()
}

#[test]
fn only_a_grant_to_everybody_is_public() {
    assert!(is_public(r#""*""#, ""));
    assert!(is_public(r#"{"AWS": ["111111111111", "*"]}"#, ""));
    for principal in [r#"{"AWS": "111111111111"}"#, r#"{"Service": "cloudtrail.amazonaws.com"}"#] {
        assert!(!is_public(principal, ""), "{principal}");
    }
    let deny = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    assert!(!Policy::parse(deny, PolicyKind::Resource).unwrap().is_public());
    let both = r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    assert!(Policy::parse(both, PolicyKind::Resource).unwrap().is_public(), "one statement is enough");
}

#[test]
fn fixed_values_tie_a_grant() {
    for condition in [
        r#""StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"}"#,
        r#""ArnLike": {"AWS:SourceARN": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}"#,
        r#""StringEquals": {"aws:SourceAccount": "111111111111"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}"#,
        r#""StringLike": {"aws:SourceVpce": "vpce-1a2b3c4d"}"#,
        r#""ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a/r-b/"}"#,
        r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}"#,
        r#""IpAddress": {"aws:SourceIp": "10.0.0.0/7"}"#,
        r#""StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111111111111:accesspoint/*"}"#,
        r#""StringEquals": {"s3:x-amz-acl": "private", "aws:SourceVpc": "vpc-91237329"}"#,
    ] {
        assert!(!is_public(r#""*""#, condition), "{condition}");
    }
}

#[test]
fn loose_values_do_not() {
    for condition in [
        r#""StringLike": {"aws:SourceVpc": "vpc-*"}"#,
        r#""StringEquals": {"aws:SourceArn": ["arn:aws:s3:::a", "arn:aws:s3:::*"]}"#,
        r#""StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}"#,
        r#""StringEquals": {"aws:SourceAccount": []}"#,
        r#""StringEqualsIfExists": {"aws:SourceAccount": "111111111111"}"#,
        r#""ForAllValues:StringEquals": {"aws:SourceAccount": "111111111111"}"#,
        r#""StringNotEquals": {"aws:SourceAccount": "111111111111"}"#,
        r#""StringEquals": {"s3:x-amz-acl": "private"}"#,
        r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}"#,
        r#""IpAddress": {"aws:SourceIp": "2001::/16"}"#,
        r#""NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
        r#""Null": {"aws:SourceAccount": "false"}"#,
        r#""Bool": {"aws:SecureTransport": "true"}"#,
        r#""StringLike": {"aws:userid": "AROAEXAMPLE:*"}"#,
        r#""StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/x"}"#,
    ] {
        assert!(is_public(r#""*""#, condition), "{condition}");
    }
}
