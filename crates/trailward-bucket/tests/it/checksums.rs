//! Announced digests are checked; the values are the ones everybody knows.

use crate::fixture::{Fixture, code};
use trailward_bucket::{Algorithm, ChecksumKind, Expected, ExpectedChecksum, PutObject, Trailer};

/// Of `123456789`, from the CRC catalogue and FIPS 180.
const KNOWN: [(Algorithm, &str); 5] = [
    (Algorithm::Crc32, "y/Q5Jg=="),
    (Algorithm::Crc32c, "4waSgw=="),
    (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
    (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
    (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
];

fn put(algorithm: Algorithm, expected: Expected) -> PutObject {
    PutObject { checksum: Some(ExpectedChecksum { algorithm, expected }), ..PutObject::default() }
}

fn trailer(value: Option<&'static str>) -> Expected {
    Expected::Trailer(Trailer::new(move || value.map(str::to_owned)))
}

#[tokio::test]
async fn every_algorithm_is_computed_and_compared() {
    let fixture = Fixture::memory().await;
    let content = "123456789";
    for (algorithm, value) in KNOWN {
        let computed = fixture.put_with("a", put(algorithm, Expected::Computed), content).await.unwrap();
        let checksum = computed.checksum.unwrap();
        assert_eq!((checksum.algorithm, checksum.value.as_str()), (algorithm, value));
        assert_eq!(checksum.kind, ChecksumKind::FullObject);
        fixture.put_with("a", put(algorithm, Expected::Value(value.to_owned())), content).await.unwrap();
        fixture.put_with("a", put(algorithm, trailer(Some(value))), content).await.unwrap();

        let wrong = put(algorithm, Expected::Value(value.to_owned()));
        let error = fixture.put_with("b", wrong, "12345678").await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("BadDigest", 400));
        let name = algorithm.as_str();
        assert_eq!(
            error.to_string(),
            format!("The {name} you specified did not match the calculated checksum.")
        );
        let malformed = put(algorithm, Expected::Value("AAA=".to_owned()));
        let error = fixture.put_with("b", malformed, content).await.unwrap_err();
        assert_eq!(error.to_string(), format!("Value for {} header is invalid.", algorithm.header()));
        assert_eq!(
            code(fixture.put_with("b", put(algorithm, trailer(None)), content).await),
            "InvalidRequest"
        );
        assert_eq!(
            code(fixture.put_with("b", put(algorithm, trailer(Some("x"))), content).await),
            "InvalidRequest"
        );
    }
    assert_eq!(code(fixture.get("b").await), "NoSuchKey");
    assert_eq!(fixture.blob_count().await, 1);
}

#[tokio::test]
async fn content_md5_is_compared() {
    let fixture = Fixture::memory().await;
    let with = async |md5: &str| {
        let put = PutObject { content_md5: Some(md5.to_owned()), ..PutObject::default() };
        fixture.put_with("a", put, "hello").await
    };
    let output = with("XUFAKrxLKna5cZ2REBfFkg==").await.unwrap();
    assert_eq!(output.etag, "5d41402abc4b2a76b9719d911017c592");
    let error = with("AAAAAAAAAAAAAAAAAAAAAA==").await.unwrap_err();
    assert_eq!(error.code(), "BadDigest");
    assert_eq!(error.to_string(), "The Content-MD5 you specified did not match what we received.");
    assert_eq!(
        error.members(),
        [
            ("ExpectedDigest", "AAAAAAAAAAAAAAAAAAAAAA==".to_owned()),
            ("CalculatedDigest", "XUFAKrxLKna5cZ2REBfFkg==".to_owned())
        ]
    );
    assert_eq!(code(with("hello").await), "InvalidDigest");
}
