//! Every owner sees what others do to its things: one record in each account, with one shared id.

use crate::world::{ACCOUNT, OTHER_ACCOUNT, World, allow, root, root_of};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use trailward_wire::sigv4::{Credentials, Scope};

const BUCKET: &str = "owned";

async fn s3(
    world: &World,
    who: &Credentials,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> u16 {
    let mut request =
        Request::builder().method(method).uri(format!("/{path}")).header("host", "trailward.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    world.send(world.signed(request, who, Scope { region: "us-east-1", service: "s3" })).await.status
}

/// The records of the last call: the caller's own, then the owner's. They share what they must, and nothing more.
async fn both(world: &World, name: &str) -> (Value, Value) {
    let records = world.last_records().await;
    let mut named = records.iter().filter(|record| record["eventName"] == name);
    let (Some(own), Some(owners), None) = (named.next(), named.next(), named.next()) else {
        panic!("two records of {name}: {records:#?}");
    };
    assert_eq!(own["recipientAccountId"], OTHER_ACCOUNT, "{name}");
    assert_eq!(owners["recipientAccountId"], ACCOUNT, "{name}");
    assert_eq!(own["sharedEventID"], owners["sharedEventID"], "{name}");
    assert!(own["sharedEventID"].is_string(), "{name}");
    assert_ne!(own["eventID"], owners["eventID"], "{name}");
    for same in [
        "requestParameters",
        "requestID",
        "errorCode",
        "resources",
        "eventTime",
        "sourceIPAddress",
        "awsRegion",
    ] {
        assert_eq!(own[same], owners[same], "{name}: {same}");
    }
    assert_eq!(owners["userIdentity"]["accountId"], OTHER_ACCOUNT, "{name}");
    (own.clone(), owners.clone())
}

/// A bucket of one account that the other may use, and the other's root.
async fn shared() -> (World, Credentials) {
    let world = World::new().await;
    assert_eq!(s3(&world, &root(), "PUT", BUCKET, &[], "").await, 200);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT},
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetBucketPolicy"],
        "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
    }]});
    assert_eq!(s3(&world, &root(), "PUT", &format!("{BUCKET}?policy"), &[], &policy.to_string()).await, 204);
    (world, root_of(OTHER_ACCOUNT))
}

#[tokio::test]
async fn of_buckets_and_objects() {
    let (world, other) = shared().await;
    assert_eq!(s3(&world, &other, "PUT", &format!("{BUCKET}/k"), &[], "content").await, 200);
    let (own, owners) = both(&world, "PutObject").await;
    assert_eq!(own["userIdentity"]["type"], "Root");
    assert_eq!(
        owners["userIdentity"],
        json!({"type": "AWSAccount", "principalId": OTHER_ACCOUNT, "accountId": OTHER_ACCOUNT})
    );
    assert_eq!(s3(&world, &other, "GET", &format!("{BUCKET}/k"), &[], "").await, 200);
    both(&world, "GetObject").await;
    // Refused, and the owner knows who tried.
    assert_eq!(
        s3(&world, &other, "PUT", &format!("{BUCKET}?versioning"), &[], "<VersioningConfiguration/>").await,
        403
    );
    let (own, _) = both(&world, "PutBucketVersioning").await;
    assert_eq!(own["errorCode"], "AccessDenied");
    // The owner's own calls are nobody else's business.
    assert_eq!(s3(&world, &root(), "GET", &format!("{BUCKET}/k"), &[], "").await, 200);
    let records = world.last_records().await;
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0]["recipientAccountId"], &records[0]["sharedEventID"]),
        (&json!(ACCOUNT), &Value::Null)
    );
}

#[tokio::test]
async fn of_the_source_of_a_copy() {
    let (world, other) = shared().await;
    assert_eq!(s3(&world, &root(), "PUT", &format!("{BUCKET}/k"), &[], "content").await, 200);
    assert_eq!(s3(&world, &other, "PUT", "thiefs-own", &[], "").await, 200);
    let source = format!("/{BUCKET}/k");
    assert_eq!(s3(&world, &other, "PUT", "thiefs-own/k", &[("x-amz-copy-source", &source)], "").await, 200);
    both(&world, "CopyObject").await;
}

#[tokio::test]
async fn of_each_deleted_key() {
    let (world, other) = shared().await;
    assert_eq!(s3(&world, &root(), "PUT", &format!("{BUCKET}/k"), &[], "content").await, 200);
    let body = "<Delete><Object><Key>k</Key></Object></Delete>";
    let sum = crate::truth::crc(body);
    assert_eq!(
        s3(&world, &other, "POST", &format!("{BUCKET}?delete"), &[("x-amz-checksum-crc32", &sum)], body)
            .await,
        200
    );
    both(&world, "DeleteObjects").await;
    let (_, owners) = both(&world, "DeleteObject").await;
    assert_eq!(owners["requestParameters"]["key"], "k");
}

#[tokio::test]
async fn of_roles_keys_and_topics() {
    let world = World::new().await;
    let other = root_of(OTHER_ACCOUNT);
    let user = world.call("iam", "CreateUser", json!({"UserName": "eve"}), &other).await.ok();
    let arn = user.text("Arn").expect("an ARN");
    let policy = json!({"UserName": "eve", "PolicyName": "all", "PolicyDocument": allow("*").to_string()});
    world.call("iam", "PutUserPolicy", policy, &other).await.ok();
    let eve =
        world.call("iam", "CreateAccessKey", json!({"UserName": "eve"}), &other).await.ok().credentials();

    let role = world.role("door", OTHER_ACCOUNT, allow("s3:*")).await;
    let assumed = json!({"RoleArn": role, "RoleSessionName": "s1"});
    world.call("sts", "AssumeRole", assumed, &eve).await.ok();
    let (own, owners) = both(&world, "AssumeRole").await;
    assert_eq!((&own["userIdentity"]["type"], &own["userIdentity"]["arn"]), (&json!("IAMUser"), &json!(arn)));
    assert_eq!(owners["userIdentity"]["type"], "AWSAccount");
    assert!(owners["userIdentity"]["principalId"].as_str().is_some_and(|id| id.starts_with("AIDA")));
    assert!(owners["userIdentity"].get("arn").is_none(), "no more than the unique id");
    // A refused attempt is the caller's account's alone, as on AWS.
    let closed = world.role("closed", ACCOUNT, allow("s3:*")).await;
    let refused = json!({"RoleArn": closed, "RoleSessionName": "s1"});
    world.call("sts", "AssumeRole", refused, &eve).await.failed(403, "AccessDenied");
    assert_eq!(world.last_records().await.len(), 1);

    let key_policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": ["kms:Encrypt", "kms:CreateGrant"], "Resource": "*"},
    ]});
    let key = world.root("kms", "CreateKey", json!({"Policy": key_policy.to_string()})).await.ok();
    let key = key.text("Arn").expect("an ARN");
    world.call("kms", "Encrypt", json!({"KeyId": key, "Plaintext": "aGVsbG8="}), &eve).await.ok();
    both(&world, "Encrypt").await;
    let grant = json!({"KeyId": key, "GranteePrincipal": arn, "Operations": ["Decrypt"]});
    world.call("kms", "CreateGrant", grant, &eve).await.ok();
    both(&world, "CreateGrant").await;
    world.call("kms", "Decrypt", json!({"KeyId": key, "CiphertextBlob": "AAAA"}), &eve).await;
    let missing = key.replace("key/", "key/0");
    world.call("kms", "Encrypt", json!({"KeyId": missing, "Plaintext": "aGVsbG8="}), &eve).await;
    assert_eq!(world.last_records().await.len(), 1, "what does not exist is nobody's");

    let topic = world
        .root("sns", "CreateTopic", json!({"Name": "alarms"}))
        .await
        .ok()
        .text("TopicArn")
        .expect("an ARN");
    let member = json!({"TopicArn": topic, "Label": "other", "AWSAccountId": [OTHER_ACCOUNT], "ActionName": ["Publish"]});
    world.root("sns", "AddPermission", member).await.ok();
    world.call("sns", "Publish", json!({"TopicArn": topic, "Message": "hello"}), &eve).await.ok();
    both(&world, "Publish").await;
    let gone = json!({"TopicArn": topic});
    world.call("sns", "DeleteTopic", gone, &eve).await;
    let (own, _) = both(&world, "DeleteTopic").await;
    assert!(own["errorCode"].is_string(), "{own}");
}
