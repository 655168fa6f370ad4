//! Object Lock over the wire: headers, condition keys, refusals, and what is recorded of them.

use crate::world::{ACCOUNT, Answer, World, allow, root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use trailward_model::Clock as _;
use trailward_wire::sigv4::{Credentials, Scope};

const BUCKET: &str = "locked-bucket";
const LOCKED: &str = "Access Denied because object protected by object lock.";

/// One request with a digest of its body.
async fn send(
    world: &World,
    who: &Credentials,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request =
        Request::builder().method(method).uri(format!("/{BUCKET}{path}")).header("host", "trailward.test");
    if !body.is_empty() {
        request = request.header("content-md5", STANDARD.encode(Md5::digest(body)));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from(body.to_owned())).expect("a request");
    world.send(world.signed(request, who, Scope { region: "us-east-1", service: "s3" })).await
}

async fn by_root(world: &World, what: (&str, &str), headers: &[(&str, &str)], body: &str) -> Answer {
    send(world, &root(), what, headers, body).await
}

/// A bucket with Object Lock.
async fn locked() -> World {
    let world = World::new().await;
    by_root(&world, ("PUT", ""), &[("x-amz-bucket-object-lock-enabled", "true")], "").await.ok();
    world
}

async fn put(world: &World, key: &str) -> String {
    let answer = by_root(world, ("PUT", &format!("/{key}")), &[], "content").await.ok();
    answer.headers["x-amz-version-id"].clone()
}

fn retention(mode: &str, until: &str) -> String {
    format!("<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>")
}

/// Headers, what S3 says about them, and which of them it names.
type Nonsense<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

const HOLD: &str = "<LegalHold><Status>ON</Status></LegalHold>";

#[tokio::test]
async fn a_locked_version_stays_and_the_record_says_who_tried() {
    let world = locked().await;
    let id = put(&world, "k").await;
    let compliance = retention("COMPLIANCE", "2026-02-01T00:00:00Z");
    by_root(&world, ("PUT", "/k?retention"), &[], &compliance).await.ok();
    let version = format!("/k?versionId={id}");
    let thief = world.user("thief", Some(allow("s3:*"))).await;
    let bypass = [("x-amz-bypass-governance-retention", "true")];
    for headers in [&bypass[..], &[]] {
        let answer = send(&world, &thief, ("DELETE", &version), headers, "").await;
        assert_eq!(answer.clone().failed(403, "AccessDenied").message(), LOCKED);
        let record = world.last_record().await;
        assert_eq!(record["eventName"], "DeleteObject");
        assert_eq!((&record["errorCode"], &record["errorMessage"]), (&json!("AccessDenied"), &json!(LOCKED)));
        assert_eq!(record["userIdentity"]["userName"], "thief");
        assert_eq!(record["requestParameters"]["versionId"], json!(id));
        let bypassing = record["requestParameters"].get("x-amz-bypass-governance-retention");
        assert_eq!(bypassing.is_some(), !headers.is_empty());
    }
    by_root(&world, ("DELETE", &version), &bypass, "").await.failed(403, "AccessDenied");
    by_root(&world, ("DELETE", ""), &[], "").await.failed(409, "BucketNotEmpty");
    let suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let answer = by_root(&world, ("PUT", "?versioning"), &[], suspend).await;
    answer.failed(409, "InvalidBucketState");
    // A delete marker goes on top, and everybody still finds the version.
    assert_eq!(send(&world, &thief, ("DELETE", "/k"), &[], "").await.status, 204);
    assert_eq!(by_root(&world, ("GET", &version), &[], "").await.ok().body, "content");
    world.clock.advance(time::macros::datetime!(2026-02-01 00:00:00 UTC) - world.clock.now());
    assert_eq!(by_root(&world, ("DELETE", &version), &[], "").await.status, 204);
}

#[tokio::test]
async fn deletions_by_the_hundred_are_refused_one_by_one_and_recorded() {
    let world = locked().await;
    let (free, held) = (put(&world, "free").await, put(&world, "held").await);
    by_root(&world, ("PUT", "/held?legal-hold"), &[], HOLD).await.ok();
    let object =
        |key: &str, id: &str| format!("<Object><Key>{key}</Key><VersionId>{id}</VersionId></Object>");
    let body = format!("<Delete>{}{}</Delete>", object("free", &free), object("held", &held));
    let before = world.recorded();
    let answer = by_root(&world, ("POST", "?delete"), &[], &body).await.ok();
    assert_eq!((answer.code().as_str(), answer.message().as_str()), ("AccessDenied", LOCKED));
    assert!(answer.body.contains("<Deleted>") && answer.body.contains("<Key>held</Key>"), "{}", answer.body);
    let records = world.records().await;
    let new = &records[before..];
    let [whole, freed, part] = new else { panic!("one for the call, one for each key: {new:?}") };
    assert_eq!((&freed["requestParameters"]["key"], &freed["errorCode"]), (&json!("free"), &Value::Null));
    assert_eq!(part["eventName"], "DeleteObject");
    assert_eq!((&part["errorCode"], &part["errorMessage"]), (&json!("AccessDenied"), &json!(LOCKED)));
    assert_eq!(part["requestParameters"]["key"], "held");
    assert_eq!(part["requestParameters"]["versionId"], json!(held));
    assert_eq!(part["resources"][0]["ARN"], json!(format!("arn:aws:s3:::{BUCKET}/held")));
    assert_eq!(part["resources"][1]["accountId"], ACCOUNT);
    assert_eq!(part["requestID"], whole["requestID"]);
    assert_ne!(part["eventID"], whole["eventID"]);
    assert_eq!((&whole["eventName"], &whole["errorCode"]), (&json!("DeleteObjects"), &Value::Null));
}

#[tokio::test]
async fn the_bypass_needs_its_permission() {
    let world = locked().await;
    let id = put(&world, "k").await;
    let governance = retention("GOVERNANCE", "2026-02-01T00:00:00Z");
    by_root(&world, ("PUT", "/k?retention"), &[], &governance).await.ok();
    let actions = json!(["s3:DeleteObjectVersion", "s3:PutObjectRetention"]);
    let policy = json!({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"},
    });
    let clerk = world.user("clerk", Some(policy)).await;
    let version = format!("/k?versionId={id}");
    let bypass = [("x-amz-bypass-governance-retention", "true")];
    let answer = send(&world, &clerk, ("DELETE", &version), &[], "").await;
    assert_eq!(answer.failed(403, "AccessDenied").message(), LOCKED);
    let answer = send(&world, &clerk, ("DELETE", &version), &bypass, "").await.failed(403, "AccessDenied");
    assert!(answer.message().contains("s3:BypassGovernanceRetention"), "{}", answer.message());
    let shorter = retention("GOVERNANCE", "2026-01-15T00:00:00Z");
    send(&world, &clerk, ("PUT", "/k?retention"), &[], &shorter).await.failed(403, "AccessDenied");
    send(&world, &clerk, ("PUT", "/k?retention"), &bypass, &shorter).await.failed(403, "AccessDenied");
    let longer = retention("GOVERNANCE", "2026-03-01T00:00:00Z");
    send(&world, &clerk, ("PUT", "/k?retention"), &[], &longer).await.ok();
    by_root(&world, ("PUT", "/k?retention"), &bypass, "<Retention></Retention>").await.ok();
    assert_eq!(send(&world, &clerk, ("DELETE", &version), &[], "").await.status, 204);
}

#[tokio::test]
async fn requests_that_make_no_sense() {
    let world = locked().await;
    put(&world, "k").await;
    let (mode, until, hold) =
        ("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date", "x-amz-object-lock-legal-hold");
    let (good, date) = ("GOVERNANCE", "2026-02-01T00:00:00Z");
    let both = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";
    let headers: [Nonsense<'_>; 6] = [
        (&[(mode, good)], both, until),
        (&[(until, date)], both, mode),
        (&[(mode, "governance"), (until, date)], "Unknown wormMode directive.", mode),
        (
            &[(mode, good), (until, "soon")],
            "The retain until date must be provided in ISO 8601 format",
            until,
        ),
        (
            &[(mode, good), (until, "2026-01-02T03:04:05Z")],
            "The retain until date must be in the future!",
            until,
        ),
        (&[(hold, "MAYBE")], "Legal Hold must be either of 'ON' or 'OFF'", hold),
    ];
    for (headers, message, name) in headers {
        let answer = by_root(&world, ("PUT", "/new"), headers, "x").await.failed(400, "InvalidArgument");
        assert_eq!(
            (answer.message().as_str(), answer.text("ArgumentName").as_deref()),
            (message, Some(name))
        );
    }
    let lock = |enabled: &str, rule: &str| {
        format!(
            "<ObjectLockConfiguration><ObjectLockEnabled>{enabled}</ObjectLockEnabled>{rule}</ObjectLockConfiguration>"
        )
    };
    let rule = |inside: &str| format!("<Rule><DefaultRetention>{inside}</DefaultRetention></Rule>");
    let documents = [
        ("?object-lock", lock("Disabled", ""), "MalformedXML"),
        ("?object-lock", "<ObjectLockConfiguration/>".to_owned(), "MalformedXML"),
        ("?object-lock", lock("Enabled", "<Rule></Rule>"), "MalformedXML"),
        ("?object-lock", lock("Enabled", &rule("<Mode>GOVERNANCE</Mode>")), "MalformedXML"),
        ("?object-lock", lock("Enabled", &rule("<Days>1</Days>")), "MalformedXML"),
        ("?object-lock", lock("Enabled", &rule("<Mode>abc</Mode><Days>1</Days>")), "MalformedXML"),
        (
            "?object-lock",
            lock("Enabled", &rule("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>")),
            "MalformedXML",
        ),
        ("?object-lock", lock("Enabled", &rule("<Mode>GOVERNANCE</Mode><Days>0</Days>")), "InvalidArgument"),
        (
            "?object-lock",
            lock("Enabled", &rule("<Mode>GOVERNANCE</Mode><Years>-1</Years>")),
            "InvalidArgument",
        ),
        ("/k?retention", retention("abc", date), "MalformedXML"),
        ("/k?retention", retention(good, "soon"), "MalformedXML"),
        ("/k?retention", retention(good, "2020-01-01T00:00:00Z"), "InvalidArgument"),
        ("/k?retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>".to_owned(), "MalformedXML"),
        ("/k?legal-hold", "<LegalHold><Status>abc</Status></LegalHold>".to_owned(), "MalformedXML"),
        ("/k?legal-hold", "<LegalHold/>".to_owned(), "MalformedXML"),
        ("/k?legal-hold", String::new(), "MalformedXML"),
    ];
    for (path, body, code) in documents {
        let answer = by_root(&world, ("PUT", path), &[], &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{path} {body}");
    }
    // Digests are demanded, and compared.
    for path in ["?object-lock", "/k?retention", "/k?legal-hold"] {
        let body = match path {
            "?object-lock" => lock("Enabled", ""),
            "/k?retention" => retention(good, date),
            _ => HOLD.to_owned(),
        };
        let request = Request::builder().method("PUT").uri(format!("/{BUCKET}{path}"));
        let request = request.header("host", "trailward.test").body(Bytes::from(body)).expect("a request");
        let scope = Scope { region: "us-east-1", service: "s3" };
        let answer = world.send(world.signed(request, &root(), scope)).await.failed(400, "InvalidRequest");
        assert!(answer.message().starts_with("Missing required header for this request: Content-MD5"));
    }
    by_root(&world, ("GET", "/k?retention"), &[], "").await.failed(404, "NoSuchObjectLockConfiguration");
    by_root(&world, ("GET", "/none?retention"), &[], "").await.failed(404, "NoSuchKey");
    by_root(&world, ("PUT", "/none?legal-hold"), &[], HOLD).await.failed(404, "NoSuchKey");
}

#[tokio::test]
async fn policies_see_what_a_lock_is_to_be() {
    let world = locked().await;
    put(&world, "k").await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectRetention",
                "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
                "Condition": {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "10"}},
            },
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectLegalHold",
                "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
                "Condition": {"StringEquals": {"s3:object-lock-legal-hold": "OFF"}},
            },
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                "Resource": format!("arn:aws:s3:::{BUCKET}/strict/*"),
                "Condition": {"StringNotEquals": {"s3:object-lock-mode": "COMPLIANCE"}},
            },
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                "Resource": format!("arn:aws:s3:::{BUCKET}/early/*"),
                "Condition": {"DateGreaterThan": {"s3:object-lock-retain-until-date": "2026-01-05T00:00:00Z"}},
            },
        ],
    });
    by_root(&world, ("PUT", "?policy"), &[], &policy.to_string()).await;
    // Ten days from now are ten days; a second more begins the eleventh.
    let retain = |until: &str| retention("GOVERNANCE", until);
    by_root(&world, ("PUT", "/k?retention"), &[], &retain("2026-01-12T03:04:06Z"))
        .await
        .failed(403, "AccessDenied");
    by_root(&world, ("PUT", "/k?retention"), &[], &retain("2026-01-12T03:04:05Z")).await.ok();
    by_root(&world, ("PUT", "/k?legal-hold"), &[], HOLD).await.ok();
    by_root(&world, ("PUT", "/k?legal-hold"), &[], &HOLD.replace("ON", "OFF"))
        .await
        .failed(403, "AccessDenied");
    let lock =
        |mode, until| [("x-amz-object-lock-mode", mode), ("x-amz-object-lock-retain-until-date", until)];
    let date = "2026-01-06T00:00:00Z";
    by_root(&world, ("PUT", "/strict/a"), &lock("GOVERNANCE", date), "x").await.failed(403, "AccessDenied");
    by_root(&world, ("PUT", "/strict/a"), &[], "x").await.failed(403, "AccessDenied");
    by_root(&world, ("PUT", "/strict/a"), &lock("COMPLIANCE", date), "x").await.ok();
    by_root(&world, ("PUT", "/early/a"), &lock("GOVERNANCE", date), "x").await.failed(403, "AccessDenied");
    // The permission to lock is one of its own.
    let writer = world.user("writer", Some(allow("s3:PutObject"))).await;
    send(&world, &writer, ("PUT", "/w"), &lock("GOVERNANCE", date), "x").await.failed(403, "AccessDenied");
    let hold = [("x-amz-object-lock-legal-hold", "ON")];
    send(&world, &writer, ("PUT", "/w"), &hold, "x").await.failed(403, "AccessDenied");
    send(&world, &writer, ("PUT", "/w"), &[], "x").await.ok();
}
