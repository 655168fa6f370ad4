//! Records of S3 calls: names, parameters, resources, and who receives them.

use crate::world::{ACCOUNT, Answer, OTHER_ACCOUNT, World, root, root_of};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use trailward_wire::sigv4::{Credentials, Scope};

const BUCKET: &str = "records-bucket";

async fn send(world: &World, who: &Credentials, method: Method, path: &str, body: &str) -> (Answer, Value) {
    let request = Request::builder().method(method).uri(path).header("host", "trailward.test");
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    let scope = Scope { region: "us-east-1", service: "s3" };
    let answer = world.send(world.signed(request, who, scope)).await;
    (answer, world.last_record().await)
}

#[tokio::test]
async fn every_call_is_named_as_cloudtrail_names_it() {
    let world = World::new().await;
    let names = [
        (Method::PUT, "", "CreateBucket", false, false),
        (Method::GET, "?list-type=2", "ListObjects", true, true),
        (Method::GET, "?versions", "ListObjectVersions", true, true),
        (Method::GET, "?publicAccessBlock", "GetBucketPublicAccessBlock", true, false),
        (Method::DELETE, "?publicAccessBlock", "DeleteBucketPublicAccessBlock", false, false),
        (Method::HEAD, "", "HeadBucket", true, true),
        (Method::PUT, "/k", "PutObject", false, true),
        (Method::GET, "/k", "GetObject", true, true),
        (Method::DELETE, "/k", "DeleteObject", false, true),
        (Method::GET, "?lifecycle", "GetBucketLifecycle", true, false),
        (Method::PUT, "?lifecycle", "PutBucketLifecycle", false, false),
        (Method::GET, "?object-lock", "GetBucketObjectLockConfiguration", true, false),
        (Method::PUT, "?notification", "PutBucketNotification", false, false),
        (Method::GET, "/k?retention", "GetObjectRetention", true, true),
        (Method::PUT, "/k?renameObject", "RenameObject", false, true),
        (Method::PUT, "?abac", "PutBucketAbac", false, false),
        (Method::DELETE, "?metadataConfiguration", "DeleteBucketMetadataConfiguration", false, false),
        (Method::GET, "?metrics", "ListBucketMetricsConfigurations", true, false),
        (Method::GET, "?metrics&id=1", "GetBucketMetricsConfiguration", true, false),
        (Method::DELETE, "", "DeleteBucket", false, false),
    ];
    for (method, path, name, reads, data) in names {
        let (answer, record) = send(&world, &root(), method, &format!("/{BUCKET}{path}"), "").await;
        assert_eq!(record["eventName"], name, "{path} {}", answer.body);
        assert_eq!(record["readOnly"], reads, "{name}");
        assert_eq!(record["managementEvent"], !data, "{name}");
        assert_eq!(record["eventCategory"], if data { "Data" } else { "Management" }, "{name}");
        assert_eq!(record["requestParameters"]["bucketName"], BUCKET, "{name}");
    }
}

#[tokio::test]
async fn configuration_is_in_the_record() {
    let world = World::new().await;
    world.bucket(BUCKET).await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/secret"),
        }],
    });
    let path = format!("/{BUCKET}?policy");
    let (_, record) = send(&world, &root(), Method::PUT, &path, &policy.to_string()).await;
    assert_eq!(record["requestParameters"]["bucketPolicy"], policy);
    assert_eq!(record["requestParameters"]["policy"], "");
    assert_eq!(record["responseElements"], Value::Null);
    let path = format!("/{BUCKET}?versioning");
    let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let (_, record) = send(&world, &root(), Method::PUT, &path, body).await;
    let expected = json!({"Status": "Enabled", "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"});
    assert_eq!(record["requestParameters"]["VersioningConfiguration"], expected);
    let (_, record) = send(&world, &root(), Method::PUT, &format!("/{BUCKET}/k"), "body").await;
    assert!(record["responseElements"]["x-amz-version-id"].is_string(), "{record:#}");
    assert_eq!(record["additionalEventData"]["bytesTransferredIn"], 4);
    assert_eq!(record["resources"][0]["ARN"], format!("arn:aws:s3:::{BUCKET}/k"));
    assert_eq!(record["resources"][1]["accountId"], ACCOUNT);
    // Denials keep their parameters.
    let (answer, record) = send(&world, &root(), Method::GET, &format!("/{BUCKET}/secret"), "").await;
    assert_eq!((answer.status, &record["errorCode"]), (403, &json!("AccessDenied")));
    assert_eq!(record["requestParameters"]["key"], "secret");
}

#[tokio::test]
async fn strangers_are_recorded_where_they_come_from() {
    let world = World::new().await;
    world.bucket(BUCKET).await;
    let path = format!("/{BUCKET}/k");
    let (answer, record) = send(&world, &root_of(OTHER_ACCOUNT), Method::GET, &path, "").await;
    answer.failed(403, "AccessDenied");
    assert_eq!(record["recipientAccountId"], OTHER_ACCOUNT);
    assert_eq!(record["resources"][1]["accountId"], ACCOUNT);
    let request = Request::builder().uri(path).header("host", "trailward.test");
    let answer = world.send(request.body(Bytes::new()).expect("a request")).await;
    answer.failed(403, "AccessDenied");
    let record = world.last_record().await;
    assert_eq!(record["userIdentity"]["accountId"], "anonymous");
    assert_eq!(record["recipientAccountId"], ACCOUNT);
}

#[tokio::test]
async fn a_listing_of_a_page_never_stands_for_a_denied_one() {
    let world = World::new().await;
    world.bucket(BUCKET).await;
    let user = world.user("nobody", None).await;
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/k"),
        (Method::PUT, "/k"),
        (Method::DELETE, "/k"),
        (Method::GET, "?policy"),
        (Method::DELETE, ""),
        (Method::POST, "/k?uploads"),
    ] {
        let (answer, record) = send(&world, &user, method, &format!("/{BUCKET}{path}"), "").await;
        let answer = answer.failed(403, "AccessDenied");
        assert!(answer.message().contains("is not authorized to perform: s3:"), "{}", answer.body);
        assert_eq!(record["errorCode"], "AccessDenied");
        assert_eq!(record["userIdentity"]["userName"], "nobody");
    }
}
