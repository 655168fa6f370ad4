//! Browser forms, changed and broken off anywhere: what is not the form that was signed puts nothing, and is recorded.

use crate::world::{Answer, World, root};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use trailward_wire::sigv4::Scope;

const BOUNDARY: &str = "a-boundary";
const FILE: &str = "the file's bytes";

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// A form that root signed: what stands before the file, the file, what stands behind it.
fn form() -> [String; 3] {
    let key = root();
    let credential = format!("{}/20260102/us-east-1/s3/aws4_request", key.access_key_id);
    let policy = serde_json::json!({
        "expiration": "2026-01-02T04:00:00.000Z",
        "conditions": [
            {"bucket": "the-bucket"},
            ["starts-with", "$key", "up/"],
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
            {"x-amz-credential": credential},
            {"x-amz-date": "20260102T030405Z"},
            ["content-length-range", 1, 100],
        ],
    });
    let policy = STANDARD.encode(policy.to_string());
    let mut signing = format!("AWS4{}", key.secret.expose()).into_bytes();
    for text in ["20260102", "us-east-1", "s3", "aws4_request"] {
        signing = mac(&signing, text);
    }
    let signature = hex::encode(mac(&signing, &policy));
    let fields = [
        ("key", "up/${filename}"),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", &credential),
        ("x-amz-date", "20260102T030405Z"),
        ("policy", &policy),
        ("x-amz-signature", &signature),
    ];
    let part = |head: &str, value: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}")
    };
    let before: String =
        fields.iter().map(|(name, value)| part(&format!("name=\"{name}\""), value) + "\r\n").collect();
    let before = before + &part("name=\"file\"; filename=\"f\"", "");
    [before, FILE.to_owned(), format!("\r\n--{BOUNDARY}--\r\n")]
}

async fn post(world: &World, body: impl Into<Bytes>) -> Answer {
    let request = Request::post("/the-bucket")
        .header("host", "trailward.test")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body.into())
        .expect("a request");
    let before = world.recorded();
    let answer = world.send(request).await;
    assert_eq!(world.recorded(), before + 1, "one record");
    answer
}

async fn get(world: &World, key: &str) -> Answer {
    let request = Request::get(format!("/the-bucket/{key}")).header("host", "trailward.test");
    let request = request.body(Bytes::new()).expect("a request");
    world.send(world.signed(request, &root(), Scope { region: "us-east-1", service: "s3" })).await
}

async fn world() -> World {
    let world = World::new().await;
    world.bucket("the-bucket").await;
    world
}

#[tokio::test]
async fn a_form_puts_its_file() {
    let world = world().await;
    let answer = post(&world, form().concat()).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    let record = world.last_record().await;
    assert_eq!(record["eventName"], "PostObject");
    assert_eq!(record["userIdentity"]["type"], "Root");
    assert_eq!(record["requestParameters"]["key"], "up/f");
    assert_eq!(record["additionalEventData"]["AuthenticationMethod"], "HtmlForm");
    let got = get(&world, "up/f").await;
    assert_eq!((got.status, got.body.as_str()), (200, FILE));
}

#[tokio::test]
async fn a_form_that_breaks_off_puts_nothing() {
    let world = world().await;
    let whole = form().concat().into_bytes();
    // The boundary behind the file is the end of it.
    for end in (0..whole.len() - "--\r\n".len()).step_by(3) {
        let answer = post(&world, whole[..end].to_vec()).await;
        assert!((400..500).contains(&answer.status), "{end}: {} {}", answer.status, answer.body);
        assert_eq!(get(&world, "up/f").await.status, 404, "{end}");
    }
}

#[tokio::test]
async fn a_field_that_changes_puts_nothing_but_what_the_policy_allows() {
    let world = world().await;
    let [before, file, after] = form();
    for at in 0..before.len() {
        let mut bytes = before.clone().into_bytes();
        bytes[at] ^= 1;
        let answer = post(&world, [&bytes[..], file.as_bytes(), after.as_bytes()].concat()).await;
        assert!(answer.status < 500, "{at}: {} {}", answer.status, answer.body);
        if answer.status == 204 {
            // The names of headers nobody reads, and of the file.
            let key = world.last_record().await["requestParameters"]["key"].as_str().unwrap().to_owned();
            assert!(key.starts_with("up/"), "{at}: {key}");
        }
    }
}
