//! Every byte of a signed part counts.

use http::request::Parts;
use http::{HeaderName, HeaderValue};
use time::OffsetDateTime;
use time::macros::datetime;
use trailward_wire::sigv4::{Credentials, PathStyle, Scope, SigningSecret, present, sha256_hex, sign};

const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);
const BODY: &[u8] = br#"{"Name":"main"}"#;

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIAEXAMPLE000000001".into(),
        secret: SigningSecret::new("secret/of+the/key"),
        session_token: Some("token".into()),
    }
}

fn signed() -> Parts {
    let request = http::Request::builder()
        .method("POST")
        .uri("/a/path?x=1&y=two")
        .header("host", "localhost:4700")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "CloudTrail_20131101.GetTrail")
        .body(())
        .unwrap();
    let mut parts = request.into_parts().0;
    sign(
        &mut parts,
        &sha256_hex(BODY),
        &credentials(),
        Scope { region: "eu-west-1", service: "cloudtrail" },
        NOW,
    )
    .unwrap();
    parts
}

fn accepted(parts: &Parts, body: &[u8]) -> bool {
    let Ok(Some(presented)) = present(parts) else { return false };
    presented.check_dates(NOW).is_ok()
        // The caller looks both up; here they are fixed.
        && presented.access_key_id == credentials().access_key_id
        && presented.session_token == credentials().session_token
        && presented.service == "cloudtrail"
        && presented
            .verify(parts, PathStyle::Normalised, &credentials().secret, Some(&sha256_hex(body)))
            .is_ok()
}

#[test]
fn any_changed_byte_is_refused() {
    let good = signed();
    assert!(accepted(&good, BODY));
    for name in good.headers.keys() {
        let value = good.headers.get(name).unwrap().as_bytes().to_vec();
        for index in 0..value.len() {
            for flip in [0x01, 0x20] {
                let mut changed = value.clone();
                changed[index] ^= flip;
                let Ok(changed_value) = HeaderValue::from_bytes(&changed) else { continue };
                let mut bad = signed();
                bad.headers.insert(name.clone(), changed_value);
                assert!(!accepted(&bad, BODY), "{name}: {}", String::from_utf8_lossy(&changed));
            }
        }
        let mut bad = signed();
        bad.headers.remove(name);
        assert!(!accepted(&bad, BODY), "without {name}");
        let mut bad = signed();
        bad.headers.append(name.clone(), HeaderValue::from_static("more"));
        assert!(!accepted(&bad, BODY), "twice {name}");
    }
    for index in 0..BODY.len() {
        let mut changed = BODY.to_vec();
        changed[index] ^= 1;
        assert!(!accepted(&good, &changed));
    }
    for uri in ["/a/path?x=1&y=tw", "/a/path?x=1", "/a/Path?x=1&y=two", "/a/path", "/a/path?x=1&y=two&z"] {
        let mut bad = signed();
        bad.uri = uri.parse().unwrap();
        assert!(!accepted(&bad, BODY), "{uri}");
    }
    let mut bad = signed();
    bad.method = http::Method::PUT;
    assert!(!accepted(&bad, BODY));
}

#[test]
fn unsigned_amz_headers_are_refused() {
    for name in ["x-amz-acl", "x-amz-bypass-governance-retention", "x-amz-mfa", "x-amz-meta-a", "x-amz-new"] {
        let mut bad = signed();
        bad.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("true"));
        assert!(!accepted(&bad, BODY), "{name}");
    }
    let mut harmless = signed();
    harmless.headers.insert("accept", HeaderValue::from_static("*/*"));
    assert!(accepted(&harmless, BODY));
}

#[test]
fn nothing_in_an_authorization_header_panics() {
    let parts = signed();
    let value = parts.headers.get("authorization").unwrap().to_str().unwrap().to_owned();
    for cut in 0..value.len() {
        let mut bad = signed();
        bad.headers.insert("authorization", value.get(..cut).unwrap().parse().unwrap());
        assert!(!accepted(&bad, BODY), "cut at {cut}");
    }
    for text in [
        "",
        "AWS AKIA:sig",
        "Basic eA==",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ,,,",
        "AWS4-HMAC-SHA256 Credential=////,SignedHeaders=,Signature=",
    ] {
        let mut bad = signed();
        bad.headers.insert("authorization", text.parse().unwrap());
        assert!(!accepted(&bad, BODY), "{text}");
    }
}
