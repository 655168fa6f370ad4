//! Nothing happens unrecorded or half recorded: intents, bounds, and what a caller cannot push out of a record.

use crate::world::{ACCOUNT, Answer, World, allow, root};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use trailward_model::journaled::intent;
use trailward_service::complete_unfinished;
use trailward_wire::sigv4::{Scope, sha256_hex};

const BUCKET: &str = "truth";

/// A request of root's to S3.
async fn s3(world: &World, method: &str, path: &str, headers: &[(&str, &[u8])], body: &str) -> Answer {
    let mut request =
        Request::builder().method(method).uri(format!("/{BUCKET}{path}")).header("host", "trailward.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    world.send(world.signed(request, &root(), Scope { region: "us-east-1", service: "s3" })).await
}

async fn with_bucket() -> World {
    let world = World::new().await;
    s3(&world, "PUT", "", &[], "").await.ok();
    world
}

#[tokio::test]
async fn an_intent_without_a_record_becomes_a_record_of_unknown_outcome() {
    let world = World::new().await;
    world.root("iam", "CreateUser", json!({"UserName": "ada"})).await.ok();
    assert_eq!(complete_unfinished(&world.platform).await.expect("a start"), 0);
    let own = world.last_record().await;
    let mut cut = own.clone();
    cut["eventID"] = json!("00000000-0000-4000-8000-000000000001");
    let bytes = serde_json::to_vec(&cut).expect("JSON");
    world.platform.journal.append(Bytes::from(intent(&bytes))).await.expect("an append");
    world.root("iam", "ListUsers", json!({})).await.ok();
    assert_eq!(complete_unfinished(&world.platform).await.expect("a start"), 1);
    let record = world.records().await.pop().expect("a record");
    assert_eq!(record["eventID"], cut["eventID"]);
    assert_eq!(record["errorCode"], "OutcomeUnknown");
    assert_eq!(record["requestParameters"], own["requestParameters"]);
    assert_eq!(record["userIdentity"], own["userIdentity"]);
    // Once is enough, and what is complete stays as it is.
    let before = world.records().await;
    assert_eq!(complete_unfinished(&world.platform).await.expect("a start"), 0);
    assert_eq!(world.records().await, before);
}

#[tokio::test]
async fn padding_removes_nothing_from_a_record() {
    let world = with_bucket().await;
    let padding = format!("&pad={}", "%01".repeat(19_000));
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": format!("arn:aws:s3:::{BUCKET}"),
    }]});
    assert_eq!(s3(&world, "PUT", &format!("?policy{padding}"), &[], &policy.to_string()).await.status, 204);
    let record = world.last_record().await;
    let told = &record["requestParameters"];
    assert_eq!((&told["bucketName"], &told["bucketPolicy"]), (&json!(BUCKET), &policy));
    assert_eq!(told["omittedQueryParameters"]["bytes"], 19_003);
    let all = sha256_hex(format!("pad={}&", "\u{1}".repeat(19_000)).as_bytes());
    assert_eq!(told["omittedQueryParameters"]["sha256"], all);
    let id = format!("/k?versionId={}{padding}", "x".repeat(32));
    s3(&world, "DELETE", &id, &[], "").await;
    let told = &world.last_record().await["requestParameters"];
    assert_eq!((&told["key"], &told["versionId"]), (&json!("k"), &json!("x".repeat(32))));
    // Many small ones are no better, and none passes for the service's own members.
    let many: String = (0..3_000).map(|n| format!("&p{n}=y")).collect();
    s3(
        &world,
        "GET",
        &format!("/k?versionId=abc&bucketName=other&key=other&omittedQueryParameters=1{many}"),
        &[],
        "",
    )
    .await;
    let told = &world.last_record().await["requestParameters"];
    assert_eq!(
        (&told["bucketName"], &told["key"], &told["versionId"]),
        (&json!(BUCKET), &json!("k"), &json!("abc"))
    );
    assert!(told["omittedQueryParameters"]["count"].as_u64() > Some(100), "{told}");
}

#[tokio::test]
async fn the_largest_selectors_are_recorded_whole() {
    let world = World::new().await;
    world.bucket("truth-trail").await;
    world
        .root("cloudtrail", "CreateTrail", json!({"Name": "main", "S3BucketName": "truth-trail"}))
        .await
        .ok();
    let long = |n: usize| format!("arn:aws:s3:::truth-trail/{n:03}{}", "p".repeat(1_000));
    let values: Vec<String> = (0..200).map(long).collect();
    let selectors = json!([{"DataResources": [{"Type": "AWS::S3::Object", "Values": values}]}]);
    world
        .root("cloudtrail", "PutEventSelectors", json!({"TrailName": "main", "EventSelectors": selectors}))
        .await
        .ok();
    let told = &world.last_record().await["requestParameters"];
    assert_eq!(told["trailName"], "main");
    assert_eq!(told["eventSelectors"][0]["dataResources"][0]["values"], json!(values));
}

#[tokio::test]
async fn a_key_that_is_too_long_is_refused_before_anything_is_deleted() {
    let world = with_bucket().await;
    for key in ["/a", "/b"] {
        s3(&world, "PUT", key, &[], "content").await.ok();
    }
    let long = "x".repeat(1_100_000);
    let body = format!("<Delete><Object><Key>a</Key></Object><Object><Key>{long}</Key></Object></Delete>");
    let sum = crc(&body);
    let answer = s3(&world, "POST", "?delete", &[("x-amz-checksum-crc32", sum.as_bytes())], &body).await;
    assert_eq!(answer.clone().failed(400, "KeyTooLongError").status, 400);
    assert_eq!(world.last_records().await.len(), 1, "one record");
    assert_eq!(world.last_record().await["errorCode"], "KeyTooLongError");
    assert_eq!(s3(&world, "GET", "/a", &[], "").await.status, 200, "nothing was deleted");
}

/// CRC-32 of a body, in base 64.
pub(crate) fn crc(body: &str) -> String {
    use base64::Engine as _;
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    base64::engine::general_purpose::STANDARD.encode((!crc).to_be_bytes())
}

#[tokio::test]
async fn each_deleted_key_has_a_record_that_prefix_selectors_see() {
    let world = with_bucket().await;
    for key in ["/logs/a", "/logs/b"] {
        s3(&world, "PUT", key, &[], "content").await.ok();
    }
    let body = "<Delete><Quiet>true</Quiet><Object><Key>logs/a</Key></Object><Object><Key>logs/b</Key></Object></Delete>";
    let sum = crc(body);
    s3(&world, "POST", "?delete", &[("x-amz-checksum-crc32", sum.as_bytes())], body).await.ok();
    let records = world.last_records().await;
    let names: Vec<&Value> = records.iter().map(|record| &record["eventName"]).collect();
    assert_eq!(names, ["DeleteObjects", "DeleteObject", "DeleteObject"]);
    for (record, key) in records[1..].iter().zip(["logs/a", "logs/b"]) {
        assert_eq!(record["requestParameters"]["key"], key);
        assert_eq!(record["resources"][0]["ARN"], format!("arn:aws:s3:::{BUCKET}/{key}"));
        assert_eq!(record["errorCode"], Value::Null);
        assert_eq!((&record["readOnly"], &record["eventCategory"]), (&json!(false), &json!("Data")));
        assert_eq!(record["userIdentity"], records[0]["userIdentity"]);
    }
    let announced: Vec<Value> =
        world.journaled().await.into_iter().filter(|(intent, _)| *intent).map(|(_, r)| r).collect();
    for record in &records {
        assert!(announced.iter().any(|intent| intent["eventID"] == record["eventID"]), "announced: {record}");
    }
}

#[tokio::test]
async fn refusals_of_who_does_not_sign_are_counted_and_not_multiplied() {
    let world = with_bucket().await;
    let objects: String = (0..1_000).map(|n| format!("<Object><Key>{n}</Key></Object>")).collect();
    let body = format!("<Delete>{objects}</Delete>");
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/{BUCKET}?delete"))
        .header("host", "trailward.test");
    let request = request.header("x-amz-checksum-crc32", crc(&body)).header("content-length", body.len());
    world.send(request.body(Bytes::from(body)).expect("a request")).await;
    let records = world.last_records().await;
    assert_eq!(records.len(), 1, "{}", records.len());
    assert_eq!(records[0]["requestParameters"]["refusedKeys"], 1_000);
}

#[tokio::test]
async fn what_is_not_utf8_is_recorded_as_far_as_it_is() {
    let world = with_bucket().await;
    // Unsigned: the clients that sign cannot say such things.
    let send = async |name: &str, value: &[u8]| {
        let request =
            Request::builder().method("GET").uri(format!("/{BUCKET}/k")).header("host", "trailward.test");
        world.send(request.header(name, value).body(Bytes::new()).expect("a request")).await;
        world.last_record().await
    };
    let record = send("user-agent", b"evil\xff/1.0").await;
    assert_eq!(record["userAgent"], "evil\u{fffd}/1.0");
    assert_eq!(record["additionalEventData"]["notUtf8"], json!(["userAgent"]));
    let record = send("x-amz-acl", b"pri\xffvate").await;
    assert_eq!(record["requestParameters"]["x-amz-acl"], "pri\u{fffd}vate");
}

#[tokio::test]
async fn a_tag_that_looks_like_a_time_stays_as_it_was_sent() {
    let world = World::new().await;
    let tags = json!([{"Key": "until", "Value": "2026-01-02T03:04:05Z"}]);
    let made = json!({"UserName": "ada", "Tags": tags});
    world.root("iam", "CreateUser", made).await.ok();
    let record = world.last_record().await;
    assert_eq!(record["requestParameters"]["tags"][0]["value"], "2026-01-02T03:04:05Z");
    assert_eq!(record["responseElements"]["user"]["tags"][0]["value"], "2026-01-02T03:04:05Z");
    assert_eq!(record["responseElements"]["user"]["createDate"], "Jan 2, 2026, 3:04:05 AM");
}

#[tokio::test]
async fn two_versions_in_one_request_are_refused() {
    let world = with_bucket().await;
    s3(&world, "PUT", "/k", &[], "content").await.ok();
    for query in ["?versionId=a&versionId=b", "?versionId=null&versionId=null", "?uploadId=a&uploadId=b"] {
        s3(&world, "DELETE", &format!("/k{query}"), &[], "").await.failed(400, "InvalidArgument");
        assert_eq!(world.last_record().await["errorCode"], "InvalidArgument");
    }
    assert_eq!(s3(&world, "GET", "/k", &[], "").await.status, 200);
}

#[tokio::test]
async fn no_date_in_a_head_ends_a_call_without_a_record() {
    let world = with_bucket().await;
    let beyond = b"9999-12-31T23:59:59-23:59";
    for (name, value) in [
        ("x-amz-object-lock-retain-until-date", &beyond[..]),
        ("date", b"Fri, 31 Dec 9999 23:59:59 -2359"),
        ("if-modified-since", b"Fri, 31 Dec 9999 23:59:59 -2359"),
        ("x-amz-copy-source-if-modified-since", b"Fri, 31 Dec 9999 23:59:59 -2359"),
    ] {
        let before = world.recorded();
        let request =
            Request::builder().method("PUT").uri(format!("/{BUCKET}/k")).header("host", "trailward.test");
        let request = request.header(name, value).header("content-length", 0);
        let answer = world.send(request.body(Bytes::new()).expect("a request")).await;
        assert!(answer.status < 500 && answer.status >= 400, "{name}: {}", answer.status);
        assert_eq!(world.recorded(), before + 1, "{name}");
        // Signed as well: what the caller may do is not the point.
        let answer = s3(&world, "PUT", "/k", &[(name, value)], "").await;
        assert!(answer.status < 500, "{name}: {} {}", answer.status, answer.body);
        assert_eq!(world.recorded(), before + 2, "{name}");
    }
    let lock = [
        ("x-amz-object-lock-mode", &b"GOVERNANCE"[..]),
        ("x-amz-object-lock-retain-until-date", &beyond[..]),
    ];
    let answer = s3(&world, "PUT", "/k", &lock, "").await;
    answer.failed(400, "InvalidArgument");
}

#[tokio::test]
async fn what_is_made_with_tags_needs_the_right_to_tag() {
    let world = World::new().await;
    world.bucket("truth-trail").await;
    let tag = json!([{"Key": "team", "Value": "audit"}]);
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}})
    .to_string();
    let document = allow("s3:GetObject").to_string();
    let cases = [
        ("iam", "CreateUser", json!({"UserName": "u", "Tags": tag}), "iam:TagUser"),
        (
            "iam",
            "CreateRole",
            json!({"RoleName": "r", "AssumeRolePolicyDocument": trust, "Tags": tag}),
            "iam:TagRole",
        ),
        (
            "iam",
            "CreatePolicy",
            json!({"PolicyName": "p", "PolicyDocument": document, "Tags": tag}),
            "iam:TagPolicy",
        ),
        (
            "iam",
            "CreateInstanceProfile",
            json!({"InstanceProfileName": "i", "Tags": tag}),
            "iam:TagInstanceProfile",
        ),
        (
            "iam",
            "CreateVirtualMFADevice",
            json!({"VirtualMFADeviceName": "m", "Tags": tag}),
            "iam:TagMFADevice",
        ),
        ("kms", "CreateKey", json!({"Tags": [{"TagKey": "team", "TagValue": "audit"}]}), "kms:TagResource"),
        (
            "cloudtrail",
            "CreateTrail",
            json!({"Name": "main", "S3BucketName": "truth-trail", "TagsList": tag}),
            "cloudtrail:AddTags",
        ),
        ("sns", "CreateTopic", json!({"Name": "topic", "Tags": tag}), "SNS:TagResource"),
    ];
    for (at, (service, operation, members, right)) in cases.into_iter().enumerate() {
        let create = format!("{}:{operation}", if service == "sns" { "SNS" } else { service });
        let without = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": create, "Resource": "*"}});
        let user = world.user(&format!("without{at}"), Some(without)).await;
        let answer = world.call(service, operation, members.clone(), &user).await;
        assert!(matches!(answer.status, 400 | 403), "{operation}: {} {}", answer.status, answer.body);
        assert!(answer.body.contains(right), "{operation}: {}", answer.body);
        let with = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": [create, right], "Resource": "*"}});
        let user = world.user(&format!("with{at}"), Some(with)).await;
        world.call(service, operation, members, &user).await.ok();
    }
}

/// The walk through the table: whoever adds an operation that tags what it makes has to add it here, and its right above
/// or in the operation. `CreateTrail` does not tell its members.
#[test]
fn every_operation_that_tags_what_it_makes_is_known() {
    let known = [
        ("iam", "CreateInstanceProfile"),
        ("iam", "CreatePolicy"),
        ("iam", "CreateRole"),
        ("iam", "CreateUser"),
        ("iam", "CreateVirtualMFADevice"),
        ("kms", "CreateKey"),
        ("organizations", "CreateAccount"),
        ("organizations", "CreateOrganizationalUnit"),
        ("organizations", "CreatePolicy"),
        ("organizations", "InviteAccountToOrganization"),
        ("sns", "CreateTopic"),
        // These ask for `sts:TagSession`.
        ("sts", "AssumeRole"),
        ("sts", "GetFederationToken"),
    ];
    let tags = |members: &[&str]| members.iter().any(|member| ["Tags", "TagsList"].contains(member));
    let mut found: Vec<(&str, &str)> = trailward_service::compatibility::inputs()
        .into_iter()
        .filter(|(_, name, members)| {
            members.is_some_and(tags) && !name.starts_with("Tag") && !name.contains("AddTags")
        })
        .map(|(service, name, _)| (service, name))
        .filter(|(_, name)| !name.starts_with("Untag") && *name != "RemoveTags")
        .collect();
    found.sort_unstable();
    assert_eq!(found, known);
}
