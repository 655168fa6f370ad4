//! Which documents are bucket policies.

use crate::fixture::{Fixture, code};

#[tokio::test]
async fn malformed_policies_are_told_apart() {
    let fixture = Fixture::memory().await;
    let grant = fixture.on_bucket("s3:PutBucketPolicy").await;
    let statement = |rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111111111111"}},{rest}}}]}}"#
        )
    };
    let large = "x".repeat(20_480);
    let cases = [
        (String::new(), "Policies must be valid JSON and the first byte must be '{'"),
        ("[]".to_owned(), "Policies must be valid JSON and the first byte must be '{'"),
        (statement(r#""Action":"s3:GetObject","Resource":"*""#), "Policy has invalid resource"),
        (
            statement(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::other/*""#),
            "Policy has invalid resource",
        ),
        (
            statement(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::logs2/*""#),
            "Policy has invalid resource",
        ),
        (
            statement(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::*/*""#),
            "Policy has invalid resource",
        ),
        (
            statement(r#""Action":"s3:GetNothing","Resource":"arn:aws:s3:::logs/*""#),
            "Policy has invalid action",
        ),
        (
            statement(r#""Action":"iam:GetUser","Resource":"arn:aws:s3:::logs/*""#),
            "Policy has invalid action",
        ),
        (
            statement(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::logs""#),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            statement(r#""Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::logs/*""#),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            statement(&format!(r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/{large}""#)),
            "Policy exceeds the maximum allowed document size.",
        ),
    ];
    for (text, expected) in cases {
        let error = fixture.buckets.put_bucket_policy(&grant, &text).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("MalformedPolicy", 400), "{text}");
        assert_eq!(error.to_string(), expected, "{text}");
    }
    assert_eq!(code(fixture.buckets.put_bucket_policy(&grant, "{}").await), "MalformedPolicy");
    let good = [
        r#""Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]"#,
        r#""Action":"s3:Get*","Resource":"arn:aws:s3:::logs/a?b*""#,
        r#""Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::logs*""#,
        r#""NotAction":"s3:GetObject","Resource":"arn:aws:s3:::logs/*""#,
        r#""Action":"s3:getobject","NotResource":"arn:aws:s3:::logs/*""#,
    ];
    for rest in good {
        let text = statement(rest);
        fixture.buckets.put_bucket_policy(&grant, &text).await.unwrap();
        let read = fixture.on_bucket("s3:GetBucketPolicy").await;
        assert_eq!(fixture.buckets.get_bucket_policy(&read).await.unwrap(), text);
    }
}
