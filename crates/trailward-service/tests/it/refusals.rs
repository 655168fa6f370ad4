//! What is not let in: each refusal has its code, its status, and exactly one record.

use crate::world::{ACCOUNT, Answer, Unsent, World, root, root_of, unsigned};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use time::Duration;
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret};

/// How a service's protocol spells one refusal: status and code.
type Spelling = (u16, &'static str);

const SCOPES: [(&str, &str); 3] =
    [("iam", "GetUser"), ("sts", "GetCallerIdentity"), ("cloudtrail", "DescribeTrails")];

fn scope(service: &str) -> Scope<'_> {
    Scope { region: "us-east-1", service }
}

/// Sends a request that must be refused, and looks at its record.
async fn refused(world: &World, request: Unsent, (status, code): Spelling, what: &str) -> Answer {
    let before = world.recorded();
    let answer = world.send(request).await;
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {}", answer.body);
    assert_eq!(world.recorded(), before + 1, "{what}: one record");
    let record = world.last_record().await;
    assert_eq!(record["errorCode"], code, "{what}: {record:#}");
    assert_eq!(record["errorMessage"], answer.message(), "{what}");
    assert_eq!(record["responseElements"], Value::Null, "{what}");
    assert_eq!(record["requestID"], Value::from(answer.request_id.clone()), "{what}");
    answer
}

/// A refusal in both protocols.
fn spelled(service: &str, query: Spelling, json: Spelling) -> Spelling {
    if service == "cloudtrail" { json } else { query }
}

#[tokio::test]
async fn requests_without_a_valid_signature() {
    let world = World::new().await;
    let stranger = Credentials {
        access_key_id: "AKIASTRANGER00000000".to_owned(),
        secret: SigningSecret::new("whatever"),
        session_token: None,
    };
    let forger = Credentials { secret: SigningSecret::new("wrong"), ..root() };
    let mismatch = ((403, "SignatureDoesNotMatch"), (400, "InvalidSignatureException"));
    for (service, operation) in SCOPES {
        let plain = || unsigned(service, operation, &json!({}));
        let spell = |query, json| spelled(service, query, json);
        let missing =
            spell((403, "MissingAuthenticationToken"), (400, "MissingAuthenticationTokenException"));
        refused(&world, plain(), missing, "unsigned").await;

        let unknown = spell((403, "InvalidClientTokenId"), (400, "UnrecognizedClientException"));
        let request = world.signed(plain(), &stranger, scope(service));
        refused(&world, request, unknown, "an unknown key").await;
        let record = world.last_record().await;
        assert_eq!(record["userIdentity"]["accessKeyId"], "AKIASTRANGER00000000");
        assert_eq!(record["userIdentity"]["arn"], Value::Null);

        let request = world.signed(plain(), &forger, scope(service));
        refused(&world, request, spell(mismatch.0, mismatch.1), "a wrong secret").await;

        let request = world.signed(plain(), &root(), Scope { region: "mars-north-1", service });
        refused(&world, request, spell(mismatch.0, mismatch.1), "an unknown Region").await;

        let elsewhere = if service == "iam" { "sts" } else { "iam" };
        let request = world.signed(plain(), &root(), scope(elsewhere));
        refused(&world, request, spell(mismatch.0, mismatch.1), "another service").await;

        let with_token = Credentials { session_token: Some("bm90IGEgdG9rZW4=".to_owned()), ..root() };
        let request = world.signed(plain(), &with_token, scope(service));
        refused(&world, request, unknown, "a token with a long-term key").await;

        let session = Credentials { access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(), ..with_token };
        let request = world.signed(plain(), &session, scope(service));
        refused(&world, request, unknown, "a bogus token").await;

        let without_token = Credentials { session_token: None, ..session };
        let request = world.signed(plain(), &without_token, scope(service));
        refused(&world, request, unknown, "a temporary key without its token").await;

        for what in ["x-amz-acl", "x-amz-meta-more", "x-amz-content-sha256"] {
            let mut request = world.signed(plain(), &root(), scope(service));
            request
                .headers_mut()
                .insert(HeaderName::from_static(what), HeaderValue::from_static("UNSIGNED-PAYLOAD"));
            refused(&world, request, spell(mismatch.0, mismatch.1), what).await;
        }

        let mut request = plain();
        let version_2 = format!("AWS {}:bm90IGEgc2lnbmF0dXJl", root().access_key_id);
        request.headers_mut().insert("authorization", HeaderValue::from_str(&version_2).unwrap());
        let incomplete = spell((400, "IncompleteSignature"), (400, "IncompleteSignatureException"));
        refused(&world, request, incomplete, "Signature Version 2").await;
    }
}

#[tokio::test]
async fn iam_is_called_in_its_own_region_only() {
    let world = World::new().await;
    let elsewhere = Scope { region: "eu-central-1", service: "iam" };
    let request = world.signed(unsigned("iam", "GetUser", &json!({})), &root(), elsewhere);
    refused(&world, request, (403, "SignatureDoesNotMatch"), "IAM in eu-central-1").await;
    let elsewhere = Scope { region: "eu-central-1", service: "sts" };
    let request = world.signed(unsigned("sts", "GetCallerIdentity", &json!({})), &root(), elsewhere);
    world.send(request).await.ok();
    assert_eq!(world.last_record().await["awsRegion"], "eu-central-1");
}

#[tokio::test]
async fn requests_from_another_time() {
    let world = World::new().await;
    for (service, operation) in SCOPES {
        let early = world.signed(unsigned(service, operation, &json!({})), &root(), scope(service));
        world.clock.advance(Duration::minutes(15));
        world.send(early.clone()).await.ok();
        world.clock.advance(Duration::seconds(1));
        let skewed = spelled(service, (403, "SignatureDoesNotMatch"), (400, "InvalidSignatureException"));
        let answer = refused(&world, early, skewed, "an expired signature").await;
        assert!(answer.message().starts_with("Signature expired"), "{}", answer.message());

        world.clock.advance(Duration::minutes(31));
        let late = world.signed(unsigned(service, operation, &json!({})), &root(), scope(service));
        world.clock.advance(Duration::minutes(-31));
        let answer = refused(&world, late, skewed, "a signature from the future").await;
        assert!(answer.message().starts_with("Signature not yet current"), "{}", answer.message());

        let mut request = world.signed(unsigned(service, operation, &json!({})), &root(), scope(service));
        let signed = request.headers()["authorization"].to_str().unwrap().replace("/20260102/", "/20260103/");
        request.headers_mut().insert("authorization", HeaderValue::from_str(&signed).unwrap());
        refused(&world, request, skewed, "a scope of another day").await;
    }
}

fn signed_body(world: &World, service: &str, operation: &str, body: impl Into<Bytes>) -> Unsent {
    let request = unsigned(service, operation, &json!({}));
    let body: Bytes = body.into();
    world.signed(request.map(|_| body), &root(), scope(service))
}

#[tokio::test]
async fn forms_that_cannot_be_read() {
    let world = World::new().await;
    let head = "Action=GetUser&Version=2010-05-08";
    let deep = format!("{head}&{}=1", vec!["a"; 10_000].join("."));
    let many: String = (0..6_000).map(|n| format!("&a{n}=1")).collect();
    let cases: [(&str, Vec<u8>, Spelling); 9] = [
        (
            "a parameter twice",
            format!("{head}&UserName=a&UserName=b").into(),
            (400, "InvalidParameterCombination"),
        ),
        (
            "a value and a structure",
            format!("{head}&Tags=a&Tags.member.1=b").into(),
            (400, "InvalidParameterCombination"),
        ),
        ("a bad escape", format!("{head}&UserName=%zz").into(), (400, "MalformedQueryString")),
        ("half an escape", format!("{head}&UserName=%4").into(), (400, "MalformedQueryString")),
        (
            "bytes that are not UTF-8",
            [head.as_bytes(), b"&UserName=\xff\xfe"].concat(),
            (400, "MalformedQueryString"),
        ),
        (
            "escaped bytes that are not UTF-8",
            format!("{head}&UserName=%ff%fe").into(),
            (400, "MalformedQueryString"),
        ),
        ("10,000 levels", deep.into(), (400, "MalformedInput")),
        ("6,000 parameters", format!("{head}{many}").into(), (400, "MalformedInput")),
        ("no action", b"Version=2010-05-08".to_vec(), (400, "MissingAction")),
    ];
    for (what, body, spelling) in cases {
        let request = signed_body(&world, "iam", "GetUser", body);
        refused(&world, request, spelling, what).await;
    }
    let cases = [
        ("a list that is none", "&Tags.member.x.Key=a&UserName=a", "TagUser"),
        ("a number that is none", "&MaxItems=many", "ListUsers"),
        ("a structure for a value", "&UserName.a=b", "GetUser"),
        ("a member that is missing", "", "CreateUser"),
    ];
    for (what, more, operation) in cases {
        let body = format!("Action={operation}&Version=2010-05-08{more}");
        let request = signed_body(&world, "iam", operation, body);
        refused(&world, request, (400, "ValidationError"), what).await;
    }
}

#[tokio::test]
async fn json_that_cannot_be_read() {
    let world = World::new().await;
    let secret = "hunter2";
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let deep_member =
        [br#"{"Name":"#.to_vec(), [vec![b'{'; 10_000], vec![b'}'; 10_000]].concat(), b"}".to_vec()].concat();
    let cases: [(&str, Vec<u8>); 8] = [
        ("half an object", br#"{"Name":"a"#.to_vec()),
        ("no JSON", b"Name=a".to_vec()),
        ("two values", br#"{"Name":"a"} {}"#.to_vec()),
        ("a member twice", br#"{"Name":"a","Name":"b"}"#.to_vec()),
        ("the wrong type", format!(r#"{{"Name":{{"x":"{secret}"}}}}"#).into()),
        ("bytes that are not UTF-8", b"{\"Name\":\"\xff\xfe\"}".to_vec()),
        ("10,000 levels", deep),
        ("10,000 levels in a member", deep_member),
    ];
    for (what, body) in cases {
        let request = signed_body(&world, "cloudtrail", "GetTrail", body);
        let answer = refused(&world, request, (400, "SerializationException"), what).await;
        assert!(!answer.body.contains(secret), "{what}: {}", answer.body);
    }
}

#[tokio::test]
async fn content_types_and_methods_that_are_not_spoken() {
    let world = World::new().await;
    for kind in [Some("text/plain"), Some("application/json"), Some("multipart/form-data; boundary=x"), None]
    {
        let change = |mut request: Unsent| {
            request.headers_mut().remove("content-type");
            if let Some(kind) = kind {
                request.headers_mut().insert("content-type", HeaderValue::from_static(kind));
            }
            request
        };
        let request = change(unsigned("iam", "GetUser", &json!({})));
        let request = world.signed(request, &root(), scope("iam"));
        refused(&world, request, (400, "MalformedInput"), "a Query body of another type").await;
        let request = change(unsigned("cloudtrail", "DescribeTrails", &json!({})));
        let request = world.signed(request, &root(), scope("cloudtrail"));
        refused(&world, request, (400, "UnknownOperationException"), "a JSON body of another type").await;
    }
    let mut request = unsigned("cloudtrail", "DescribeTrails", &json!({}));
    *request.method_mut() = http::Method::GET;
    let request = world.signed(request, &root(), scope("cloudtrail"));
    refused(&world, request, (400, "UnknownOperationException"), "JSON by GET").await;
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let world = World::new().await;
    for (service, operation) in SCOPES {
        let request = signed_body(&world, service, operation, vec![b'a'; (1 << 20) + 1]);
        refused(&world, request, (413, "RequestEntityTooLarge"), "more than 1 MiB").await;
    }
}

#[tokio::test]
async fn operations_that_are_not_there() {
    let world = World::new().await;
    let query = |service: &'static str, operation: &str| {
        world.signed(unsigned(service, operation, &json!({})), &root(), scope(service))
    };
    refused(&world, query("iam", "MakeCoffee"), (400, "InvalidAction"), "an operation AWS has not").await;
    refused(&world, query("iam", "CreateSAMLProvider"), (501, "NotImplemented"), "one AWS has").await;
    assert_eq!(world.last_record().await["eventName"], "CreateSAMLProvider");
    refused(&world, query("sts", "AssumeRoleWithSAML"), (501, "NotImplemented"), "one AWS has").await;
    let call =
        |operation| world.signed(unsigned("cloudtrail", operation, &json!({})), &root(), scope("cloudtrail"));
    refused(&world, call("MakeCoffee"), (400, "UnknownOperationException"), "an operation AWS has not").await;
    refused(&world, call("LookupEvents"), (501, "NotImplemented"), "one AWS has").await;
}

#[tokio::test]
async fn an_account_is_not_another() {
    let world = World::new().await;
    let stranger = root_of(crate::world::OTHER_ACCOUNT);
    world.user("bob", None).await;
    world.call("iam", "GetUser", json!({"UserName": "bob"}), &stranger).await.failed(404, "NoSuchEntity");
    let record = world.last_record().await;
    assert_eq!(record["recipientAccountId"], crate::world::OTHER_ACCOUNT);
    let policy = json!({"PolicyName": "p", "PolicyDocument": crate::world::allow("s3:*").to_string()});
    let arn = world.root("iam", "CreatePolicy", policy).await.ok().text("Arn").unwrap();
    assert!(arn.contains(ACCOUNT));
    let foreign = world.call("iam", "GetPolicy", json!({"PolicyArn": arn}), &stranger).await;
    foreign.failed(403, "AccessDenied");
    let key = world
        .root("iam", "CreateAccessKey", json!({"UserName": "bob"}))
        .await
        .ok()
        .text("AccessKeyId")
        .unwrap();
    let members = json!({"AccessKeyId": key});
    world.call("iam", "GetAccessKeyLastUsed", members, &stranger).await.failed(404, "NoSuchEntity");
}
