//! Who and what every S3 operation refuses. The requests are those of the golden cases, each of which would succeed.

use crate::golden::{Http, Player, S3, s3_requests};
use crate::world::{Answer, OTHER_ACCOUNT, World, root, root_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::json;
use trailward_wire::sigv4::Credentials;

/// Who sends.
enum Who<'a> {
    Nobody,
    Key(&'a Credentials),
    /// Root, with a signature over something else.
    Forger,
}

async fn send(world: &World, http: &Http, who: &Who<'_>) -> Answer {
    let request = http.unsigned();
    match who {
        Who::Nobody => world.send(request).await,
        Who::Key(key) => world.send(world.signed(request, key, S3)).await,
        Who::Forger => {
            let mut request = world.signed(request, &root(), S3);
            request.headers_mut().insert("user-agent", "another/1.0".parse().unwrap());
            world.send(request).await
        }
    }
}

fn with_header(http: &Http, name: &str, value: &str) -> Http {
    let mut http = http.clone();
    http.headers.insert(name.to_owned(), value.to_owned());
    http
}

fn with_body(http: &Http, body: &str) -> Http {
    let digest = STANDARD.encode(Md5::digest(body));
    Http { body: body.to_owned(), ..with_header(http, "content-md5", &digest) }
}

/// What was answered must be this, and recorded as this.
struct Wanted<'a> {
    what: &'a str,
    status: u16,
    codes: &'a [&'a str],
    message: &'a str,
}

async fn expect(
    wrong: &mut Vec<String>,
    (operation, player): (&str, &Player),
    (http, who): (&Http, &Who<'_>),
    wanted: &Wanted<'_>,
) {
    let before = player.world.recorded();
    let answer = send(&player.world, http, who).await;
    // `HeadObject` and its like have no body to say more in.
    let code = if http.method == "HEAD" { wanted.codes[0].to_owned() } else { answer.code() };
    let message = if http.method == "HEAD" { wanted.message.to_owned() } else { answer.message() };
    let held =
        answer.status == wanted.status && wanted.codes.contains(&&*code) && message.contains(wanted.message);
    let what = wanted.what;
    if !held {
        wrong.push(format!("{operation}, {what}: {} {code}: {message}", answer.status));
    }
    let record = player.world.last_record().await;
    let recorded = record["errorCode"].as_str().unwrap_or_default();
    if player.world.recorded() <= before
        || recorded.is_empty()
        || !record["resources"].is_array() && operation != "list_buckets"
    {
        wrong.push(format!("{operation}, {what}: recorded {record}"));
    }
}

#[tokio::test]
async fn every_operation_refuses_whom_it_must() {
    let mut wrong = Vec::new();
    for (operation, player, http) in s3_requests().await {
        let at = (operation.as_str(), &player);
        let user = player.world.user("nobody", None).await;
        let stranger = root_of(OTHER_ACCOUNT);
        let many = operation == "delete_objects";
        let denied = |what, message| Wanted { what, status: 403, codes: &["AccessDenied"], message };
        if !many {
            let wanted = denied("not signed", "Access Denied");
            expect(&mut wrong, at, (&http, &Who::Nobody), &wanted).await;
            let wanted = denied(
                "not allowed",
                "User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: s3:",
            );
            expect(&mut wrong, at, (&http, &Who::Key(&user)), &wanted).await;
        }
        let forged = Wanted {
            what: "forged",
            status: 403,
            codes: &["SignatureDoesNotMatch"],
            message: "The request signature we calculated does not match",
        };
        expect(&mut wrong, at, (&http, &Who::Forger), &forged).await;
        if operation != "list_buckets" && operation != "create_bucket" {
            if !many {
                let wanted = denied("another account", "Access Denied");
                expect(&mut wrong, at, (&http, &Who::Key(&stranger)), &wanted).await;
            }
            let owned = with_header(&http, "x-amz-expected-bucket-owner", OTHER_ACCOUNT);
            let wanted = denied("another owner expected", "Access Denied");
            expect(&mut wrong, at, (&owned, &Who::Key(&root())), &wanted).await;
            let elsewhere =
                Http { path: http.path.replace("golden-bucket", "no-such-bucket"), ..http.clone() };
            let wanted = Wanted {
                what: "no such bucket",
                status: 404,
                codes: &["NoSuchBucket"],
                message: "The specified bucket does not exist",
            };
            expect(&mut wrong, at, (&elsewhere, &Who::Key(&root())), &wanted).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn delete_objects_refuses_each_key_for_itself() {
    for (operation, player, http) in s3_requests().await {
        if operation != "delete_objects" {
            continue;
        }
        let user = player.world.user("nobody", None).await;
        for who in [Who::Nobody, Who::Key(&user), Who::Key(&root_of(OTHER_ACCOUNT))] {
            let answer = send(&player.world, &http, &who).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(!answer.body.contains("<Deleted>"), "{}", answer.body);
            assert_eq!(answer.text("Code").as_deref(), Some("AccessDenied"), "{}", answer.body);
        }
    }
}

/// Documents of other operations carry on as an object's bytes.
fn takes_bytes(operation: &str) -> bool {
    ["put_object", "upload_part"].contains(&operation)
}

#[tokio::test]
async fn every_document_is_read_with_suspicion() {
    let mut wrong = Vec::new();
    for (operation, player, http) in s3_requests().await {
        if http.body.is_empty() || takes_bytes(&operation) {
            continue;
        }
        let (at, by) = ((operation.as_str(), &player), root());
        let who = Who::Key(&by);
        let codes: &[&str] = if operation == "put_bucket_policy" {
            &["MalformedPolicy"]
        } else {
            &["MalformedXML", "MalformedACLError"]
        };
        let cut = http.body.get(..http.body.len() / 2).unwrap_or_default();
        for (what, body) in [("broken off", cut), ("something else", "<Nonsense/>"), ("no document", "{}[")] {
            // A policy need not be XML.
            let wanted = Wanted { what, status: 400, codes, message: "" };
            expect(&mut wrong, at, (&with_body(&http, body), &who), &wanted).await;
        }
        let digest = |value: &str| with_header(&http, "content-md5", value);
        let wanted = Wanted {
            what: "another digest",
            status: 400,
            codes: &["BadDigest"],
            message: "did not match what we received",
        };
        let other = STANDARD.encode(Md5::digest("something else"));
        expect(&mut wrong, at, (&digest(&other), &who), &wanted).await;
        let wanted = Wanted { what: "no digest", status: 400, codes: &["InvalidDigest"], message: "" };
        expect(&mut wrong, at, (&digest("abc"), &who), &wanted).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Method, path with query, headers, body; status, code, message.
type Row = (&'static str, String, Vec<(&'static str, String)>, String, (u16, &'static str, &'static str));

fn tags(count: usize) -> String {
    let tags: String = (0..count).map(|n| format!("<Tag><Key>{n}</Key><Value/></Tag>")).collect();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

fn many(open: &str, close: &str, count: usize, one: impl Fn(usize) -> String) -> String {
    format!("{open}{}{close}", (0..count).map(one).collect::<String>())
}

fn rows() -> Vec<Row> {
    let none = Vec::new;
    let one = |name, value: &str| vec![(name, value.to_owned())];
    let row = |method, path: &str, headers, body: &str, wanted| {
        (method, path.to_owned(), headers, body.to_owned(), wanted)
    };
    let cors = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>";
    let rule =
        "<Rule><ID>N</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>";
    let schema = "The XML you provided was not well-formed or did not validate against our published schema";
    let long = "x".repeat(1025);
    let wide = "x".repeat(2049);
    vec![
        // Limits.
        row("PUT", &format!("/b/{long}"), none(), "", (400, "KeyTooLongError", "Your key is too long")),
        row(
            "PUT",
            "/b/k",
            one("x-amz-meta-a", &wide),
            "",
            (400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-tagging", &(0..11).map(|n| format!("{n}=")).collect::<Vec<_>>().join("&")),
            "",
            (400, "BadRequest", "Object tags cannot be greater than 10"),
        ),
        row(
            "PUT",
            "/b/k?tagging",
            none(),
            &tags(11),
            (400, "BadRequest", "Object tags cannot be greater than 10"),
        ),
        row(
            "PUT",
            "/b?tagging",
            none(),
            &tags(51),
            (400, "BadRequest", "Bucket tag count cannot be greater than 50"),
        ),
        row(
            "POST",
            "/b?delete",
            none(),
            &many("<Delete>", "</Delete>", 1001, |n| format!("<Object><Key>{n}</Key></Object>")),
            (400, "MalformedXML", schema),
        ),
        row("POST", "/b?delete", none(), "<Delete></Delete>", (400, "MalformedXML", schema)),
        row(
            "PUT",
            "/b?cors",
            none(),
            &many("<CORSConfiguration>", "</CORSConfiguration>", 101, |_| cors.to_owned()),
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?cors",
            none(),
            "<CORSConfiguration></CORSConfiguration>",
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?lifecycle",
            none(),
            &many("<LifecycleConfiguration>", "</LifecycleConfiguration>", 1001, |n| {
                rule.replace('N', &n.to_string())
            }),
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?policy",
            none(),
            &format!("{{\"Version\":\"2012-10-17\",\"Statement\":[],\"Id\":\"{}\"}}", "x".repeat(20_481)),
            (400, "MalformedPolicy", "Policy exceeds the maximum allowed document size."),
        ),
        row(
            "PUT",
            "/b/k?partNumber=10001&uploadId=u",
            none(),
            "",
            (400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"),
        ),
        row(
            "PUT",
            "/b/k?partNumber=0&uploadId=u",
            none(),
            "",
            (400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive"),
        ),
        row("GET", "/b?max-keys=-1", none(), "", (400, "InvalidArgument", "")),
        row(
            "GET",
            "/b?list-type=2&max-keys=a",
            none(),
            "",
            (400, "InvalidArgument", "Provided max-keys not an integer or within integer range"),
        ),
        row(
            "GET",
            "/b?list-type=2&continuation-token=%21",
            none(),
            "",
            (400, "InvalidArgument", "The continuation token provided is incorrect"),
        ),
        row(
            "GET",
            "/b?list-type=2&encoding-type=rot13",
            none(),
            "",
            (400, "InvalidArgument", "Invalid Encoding Method specified in Request"),
        ),
        row(
            "GET",
            "/b?versions&version-id-marker=null",
            none(),
            "",
            (400, "InvalidArgument", "A version-id marker cannot be specified without a key marker."),
        ),
        row(
            "GET",
            "/b/k?partNumber=2",
            none(),
            "",
            (416, "InvalidPartNumber", "The requested partnumber is not satisfiable"),
        ),
        row(
            "GET",
            "/b/k",
            one("range", "bytes=9-"),
            "",
            (416, "InvalidRange", "The requested range is not satisfiable"),
        ),
        row(
            "GET",
            "/b/k?versionId=",
            none(),
            "",
            (400, "InvalidArgument", "Version id cannot be the empty string"),
        ),
        row(
            "GET",
            "/b/k?versionId=nonsense",
            none(),
            "",
            (400, "InvalidArgument", "Invalid version id specified"),
        ),
        row(
            "DELETE",
            "/b/k?versionId=nonsense",
            none(),
            "",
            (400, "InvalidArgument", "Invalid version id specified"),
        ),
        // What must be there.
        row(
            "GET",
            "/b/k?attributes",
            none(),
            "",
            (400, "InvalidRequest", "Missing required header for this request: x-amz-object-attributes"),
        ),
        row(
            "GET",
            "/b/k?attributes",
            one("x-amz-object-attributes", "Colour"),
            "",
            (400, "InvalidArgument", "Invalid attribute name specified."),
        ),
        row(
            "PUT",
            "/b?acl",
            none(),
            "",
            (400, "MissingSecurityHeader", "Your request was missing a required header"),
        ),
        row(
            "PUT",
            "/b/k?acl",
            none(),
            "",
            (400, "MissingSecurityHeader", "Your request was missing a required header"),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-copy-source", "nonsense"),
            "",
            (
                400,
                "InvalidArgument",
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-copy-source", "/b/none"),
            "",
            (404, "NoSuchKey", "The specified key does not exist."),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-copy-source", "/b/k"),
            "",
            (
                400,
                "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself",
            ),
        ),
        row(
            "POST",
            "/b/k?uploadId=none",
            none(),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>",
            (404, "NoSuchUpload", "The specified upload does not exist."),
        ),
        row(
            "POST",
            "/b/k?uploadId=none",
            none(),
            "<CompleteMultipartUpload></CompleteMultipartUpload>",
            (400, "MalformedXML", schema),
        ),
        row(
            "DELETE",
            "/b/k?uploadId=none",
            none(),
            "",
            (404, "NoSuchUpload", "The specified upload does not exist."),
        ),
        row(
            "GET",
            "/b/k?uploadId=none",
            none(),
            "",
            (404, "NoSuchUpload", "The specified upload does not exist."),
        ),
        // What is no such thing.
        row(
            "PUT",
            "/b/k",
            one("x-amz-storage-class", "TAPE"),
            "",
            (400, "InvalidStorageClass", "The storage class you specified is not valid"),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-server-side-encryption", "rot13"),
            "",
            (400, "InvalidArgument", "The encryption method specified is not supported"),
        ),
        row(
            "PUT",
            "/b/k",
            one("content-md5", "abc"),
            "",
            (400, "InvalidDigest", "The Content-MD5 you specified was invalid"),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-checksum-crc32", "abc"),
            "",
            (400, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-checksum-crc32", "AAAAAQ=="),
            "",
            (400, "BadDigest", "The CRC32 you specified did not match the calculated checksum."),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-sdk-checksum-algorithm", "MD4"),
            "",
            (400, "InvalidRequest", "Checksum algorithm provided is unsupported."),
        ),
        row(
            "PUT",
            "/b/k",
            one("if-none-match", "*"),
            "",
            (412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
        ),
        row(
            "PUT",
            "/b/k",
            one("if-match", "\"0\""),
            "",
            (412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
        ),
        row(
            "PUT",
            "/b/none",
            one("if-match", "\"0\""),
            "",
            (404, "NoSuchKey", "The specified key does not exist."),
        ),
        row(
            "DELETE",
            "/b/k",
            one("if-match", "\"0\""),
            "",
            (412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
        ),
        row(
            "DELETE",
            "/b/k",
            one("x-amz-bypass-governance-retention", "true"),
            "",
            (
                400,
                "InvalidArgument",
                "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
            ),
        ),
        row(
            "PUT",
            "/b/k",
            one("x-amz-acl", "public-read"),
            "",
            (400, "AccessControlListNotSupported", "The bucket does not allow ACLs"),
        ),
        row(
            "PUT",
            "/b?acl",
            one("x-amz-acl", "private"),
            "",
            (400, "AccessControlListNotSupported", "The bucket does not allow ACLs"),
        ),
        row(
            "PUT",
            "/b?acl",
            vec![("x-amz-acl", "private".into()), ("x-amz-grant-read", "id=1".into())],
            "",
            (400, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"),
        ),
        row(
            "PUT",
            "/b?versioning",
            none(),
            "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>",
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?versioning",
            none(),
            "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
            (403, "AccessDenied", "Mfa Authentication must be used for this request"),
        ),
        row(
            "PUT",
            "/b?versioning",
            one("x-amz-mfa", "arn:aws:iam::111122223333:mfa/none 123456"),
            "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
            (403, "AccessDenied", ""),
        ),
        row(
            "PUT",
            "/b?versioning",
            one("x-amz-mfa", "nonsense"),
            "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
            (403, "AccessDenied", ""),
        ),
        row(
            "PUT",
            "/b/k?retention",
            none(),
            "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>",
            (400, "InvalidRequest", "Bucket is missing Object Lock Configuration"),
        ),
        row(
            "PUT",
            "/b/k?legal-hold",
            none(),
            "<LegalHold><Status>ON</Status></LegalHold>",
            (400, "InvalidRequest", "Bucket is missing Object Lock Configuration"),
        ),
        row(
            "PUT",
            "/b?ownershipControls",
            none(),
            "<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule></OwnershipControls>",
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?requestPayment",
            none(),
            "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>",
            (400, "MalformedXML", schema),
        ),
        row(
            "PUT",
            "/b?encryption",
            none(),
            "<ServerSideEncryptionConfiguration></ServerSideEncryptionConfiguration>",
            (400, "MalformedXML", schema),
        ),
        row(
            "POST",
            "/b/k?restore",
            none(),
            "<RestoreRequest><Days>1</Days></RestoreRequest>",
            (403, "InvalidObjectState", "Restore is not allowed for the object's current storage class"),
        ),
        row(
            "DELETE",
            "/b",
            none(),
            "",
            (409, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
        ),
        row("PUT", "/B_", none(), "", (400, "InvalidBucketName", "The specified bucket is not valid")),
    ]
}

#[tokio::test]
async fn what_is_wrong_is_said_as_s3_says_it() {
    let world = World::new().await;
    let by = root();
    let who = Who::Key(&by);
    let plain = |method: &str, path: &str, body: &str| Http {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        headers: std::collections::BTreeMap::new(),
        body: body.to_owned(),
    };
    // Bucket names have at least three characters; the table is wide enough as it is.
    let named = |path: &str| {
        let path =
            if path == "/b" { "/the-bucket".to_owned() } else { path.replacen("/b/", "/the-bucket/", 1) };
        path.replacen("/b?", "/the-bucket?", 1)
    };
    send(&world, &plain("PUT", "/the-bucket", ""), &who).await.ok();
    send(&world, &plain("PUT", "/the-bucket/k", "content"), &who).await.ok();
    let mut wrong = Vec::new();
    for (method, path, headers, body, (status, code, message)) in rows() {
        let mut http = plain(method, &named(&path), &body);
        if !body.is_empty() {
            http = with_body(&http, &body);
        }
        for (name, value) in headers {
            http = with_header(&http, name, &value.replace("/b/", "/the-bucket/"));
        }
        let before = world.recorded();
        let answer = send(&world, &http, &who).await;
        let shown: String = path.chars().take(60).collect();
        if answer.status != status || answer.code() != code || !answer.message().contains(message) {
            let (got, told) = (answer.code(), answer.message());
            wrong.push(format!("{method} {shown} {:?}: {} {got}: {told}", http.headers, answer.status));
        }
        let record = world.last_record().await;
        if world.recorded() != before + 1 || record["errorCode"] != json!(code) {
            wrong.push(format!("{method} {shown}: recorded as {}", record["errorCode"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
