//! Signatures that AWS publishes.
//!
//! Source: "Signature Version 4 test suite" (`AKIDEXAMPLE`); S3 API reference, "Examples: Signature Calculations"
//! (`AKIAIOSFODNN7EXAMPLE`).

use http::request::Parts;
use time::macros::datetime;
use trailward_wire::sigv4::{PathStyle, Presented, SignatureError, SigningSecret, present, sha256_hex};

const SUITE: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const S3: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn suite(method: &str, uri: &str, headers: &[(&str, &str)], signed: &str, signature: &str, body: &[u8]) {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}"
    );
    let mut all = vec![("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
    all.extend_from_slice(headers);
    all.push(("authorization", &authorization));
    let parts = parts(method, uri, &all);
    let presented = present(&parts).unwrap().unwrap();
    presented.check_dates(datetime!(2015-08-30 12:40:00 UTC)).unwrap();
    presented
        .verify(&parts, PathStyle::Normalised, &SigningSecret::new(SUITE), Some(&sha256_hex(body)))
        .unwrap_or_else(|error| panic!("{method} {uri}: {error:?}"));
}

#[test]
fn signature_version_4_test_suite() {
    let host_date = "host;x-amz-date";
    suite(
        "GET",
        "/",
        &[],
        host_date,
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        b"",
    );
    suite(
        "POST",
        "/",
        &[],
        host_date,
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        b"",
    );
    suite(
        "GET",
        "/?Param2=value2&Param1=value1",
        &[],
        host_date,
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        b"",
    );
    suite(
        "POST",
        "/",
        &[("content-type", "application/x-www-form-urlencoded")],
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        b"Param1=value1",
    );
    // Dot segments are taken out before signing.
    suite(
        "GET",
        "/example/..",
        &[],
        host_date,
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        b"",
    );
}

fn s3(method: &str, uri: &str, headers: &[(&str, &str)], signed: &str, signature: &str) {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},Signature={signature}"
    );
    let mut all = headers.to_vec();
    if !headers.iter().any(|(name, _)| *name == "host") {
        all.push(("host", "examplebucket.s3.amazonaws.com"));
    }
    all.push(("x-amz-date", "20130524T000000Z"));
    all.push(("authorization", &authorization));
    let parts = parts(method, uri, &all);
    let presented = present(&parts).unwrap().unwrap();
    presented
        .verify(&parts, PathStyle::S3, &SigningSecret::new(S3), None)
        .unwrap_or_else(|error| panic!("{method} {uri}: {error:?}"));
}

#[test]
fn s3_examples() {
    s3(
        "GET",
        "/test.txt",
        &[("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY)],
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    s3(
        "PUT",
        "/test%24file.text",
        &[
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
        ],
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
    s3(
        "GET",
        "/?lifecycle",
        &[("x-amz-content-sha256", EMPTY)],
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    );
    s3(
        "GET",
        "/?max-keys=2&prefix=J",
        &[("x-amz-content-sha256", EMPTY)],
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
    // The seed of a streamed body.
    s3(
        "PUT",
        "/examplebucket/chunkObject.txt",
        &[
            ("host", "s3.amazonaws.com"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("content-length", "66824"),
        ],
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
}

#[test]
fn s3_presigned_example() {
    let uri = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let parts = parts("GET", uri, &[("host", "examplebucket.s3.amazonaws.com")]);
    let presented = present(&parts).unwrap().unwrap();
    presented.verify(&parts, PathStyle::S3, &SigningSecret::new(S3), None).unwrap();
    presented.check_dates(datetime!(2013-05-24 23:59:59 UTC)).unwrap();
    assert!(presented.check_dates(datetime!(2013-05-25 00:00:01 UTC)).is_err());
    assert!(presented.check_dates(datetime!(2013-05-23 23:44:59 UTC)).is_err());
}

/// S3 API reference, "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)".
#[test]
fn the_published_form() {
    let policy = concat!(
        "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tl",
        "dCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAg",
        "ICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhh",
        "bXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwg",
        "IiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAg",
        "ICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXot",
        "bWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkv",
        "dXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwN",
        "CiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9",
    );
    let credential = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request";
    let signature = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
    let secret = SigningSecret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let presented = Presented::of_form(credential, "20151229T000000Z", signature, None).unwrap();
    presented.verify_form(&secret, policy).unwrap();
    assert_eq!(
        presented.verify_form(&secret, &policy.replacen('e', "f", 1)),
        Err(SignatureError::DoesNotMatch)
    );
    let other = SigningSecret::new("another");
    assert_eq!(presented.verify_form(&other, policy), Err(SignatureError::DoesNotMatch));
}
