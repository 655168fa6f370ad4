//! Reading a digest that anybody may have written.

use crate::text::text_of_hash;
use crate::{DigestFile, PublicKey, sha256_hex};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{PrimitiveDateTime, UtcOffset};

/// The most uncompressed bytes of a digest that are read: an hour with 100,000 log files has about as many.
pub const MOST_DIGEST_BYTES: usize = 32 << 20;
/// The most characters of a key: S3's own limit.
const MOST_KEY: usize = 1024;
const EXTENDED: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Why bytes are no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than a digest can have.
    #[error("{0} uncompressed bytes are more than a digest can have ({MOST_DIGEST_BYTES})")]
    TooLarge(usize),
    /// Not the JSON of a digest.
    #[error("not the JSON of a digest: {0}")]
    NotADigest(String),
    /// A field that no digest has.
    #[error("its {field} is {found:?}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it says, shortened.
        found: String,
    },
}

/// A digest as it was found, not yet believed.
#[derive(Debug, Clone)]
pub struct FoundDigest {
    /// What it says.
    pub file: DigestFile,
    /// Lower-case hexadecimal SHA-256 of its uncompressed bytes.
    pub hash: String,
    /// The window's start.
    pub start: OffsetDateTime,
    /// The window's end.
    pub end: OffsetDateTime,
}

impl FoundDigest {
    /// Reads uncompressed bytes. Fails on what could not have been signed by CloudTrail: more than
    /// [`MOST_DIGEST_BYTES`], other JSON, times of another spelling or a window that ends before it starts.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > MOST_DIGEST_BYTES {
            return Err(Unreadable::TooLarge(bytes.len()));
        }
        let file: DigestFile =
            serde_json::from_slice(bytes).map_err(|e| Unreadable::NotADigest(shortened(&e.to_string())))?;
        let start = instant("digestStartTime", &file.digest_start_time)?;
        let end = instant("digestEndTime", &file.digest_end_time)?;
        if end < start {
            return Err(field("digestEndTime", &file.digest_end_time));
        }
        for (name, text) in [
            ("digestS3Bucket", &file.digest_s3_bucket),
            ("digestS3Object", &file.digest_s3_object),
            ("digestPublicKeyFingerprint", &file.digest_public_key_fingerprint),
        ] {
            if text.is_empty() || text.len() > MOST_KEY {
                return Err(field(name, text));
            }
        }
        if file.previous_digest_s3_object.is_some() != file.previous_digest_signature.is_some() {
            let found = file.previous_digest_s3_object.as_deref().unwrap_or("null");
            return Err(field("previousDigestS3Object", found));
        }
        Ok(Self { hash: sha256_hex(bytes), start, end, file })
    }

    /// Whether `signature` (hexadecimal) is `key`'s signature of this digest at the place that it names itself.
    /// Where it lies is for the caller to compare.
    pub fn is_signed(&self, signature: &str, key: &PublicKey) -> bool {
        let place = (self.file.digest_s3_bucket.as_str(), self.file.digest_s3_object.as_str());
        let previous = self.file.previous_digest_signature.as_deref();
        key.verifies(&text_of_hash(&self.file.digest_end_time, place, &self.hash, previous), signature)
    }
}

fn instant(name: &'static str, text: &str) -> Result<OffsetDateTime, Unreadable> {
    PrimitiveDateTime::parse(text, EXTENDED)
        .map(|at| at.assume_offset(UtcOffset::UTC))
        .map_err(|_| field(name, text))
}

fn field(field: &'static str, found: &str) -> Unreadable {
    Unreadable::Field { field, found: shortened(found) }
}

fn shortened(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SigningKeyPair, string_to_sign};

    fn digest() -> DigestFile {
        DigestFile::new(
            "111122223333",
            ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            ("b", "AWSLogs/x.json.gz"),
            "f",
            None,
            vec![],
        )
    }

    #[test]
    fn believes_a_signature_only_of_these_bytes_at_this_place() {
        let pair = SigningKeyPair::generate().unwrap();
        let bytes = digest().to_bytes().unwrap();
        let text = string_to_sign("2026-01-01T01:00:00Z", "b", "AWSLogs/x.json.gz", &bytes, None);
        let signature = pair.sign(&text).unwrap();
        let found = FoundDigest::read(&bytes).unwrap();
        assert!(found.is_signed(&signature, &pair.public()));
        assert!(found.is_signed(&signature.to_uppercase(), &pair.public()));
        assert!(!found.is_signed(&signature, &SigningKeyPair::generate().unwrap().public()));
        for bad in ["", "00", "zz", signature.get(2..).unwrap(), &format!("{signature}00")] {
            assert!(!found.is_signed(bad, &pair.public()), "{bad}");
        }
        let mut moved = found.clone();
        moved.file.digest_s3_object.push('x');
        assert!(!moved.is_signed(&signature, &pair.public()));
        let mut linked = found;
        linked.file.previous_digest_signature = Some(signature.clone());
        assert!(!linked.is_signed(&signature, &pair.public()));
    }

    #[test]
    fn refuses_what_is_no_digest() {
        type Change = fn(&mut DigestFile);
        let changes: [Change; 6] = [
            |d| d.digest_end_time = "2025-01-01T01:00:00Z".into(),
            |d| d.digest_end_time = "2026-01-01 01:00".into(),
            |d| d.digest_start_time = "9999999-01-01T00:00:00Z".into(),
            |d| d.digest_s3_object = String::new(),
            |d| d.digest_s3_bucket = "b".repeat(2000),
            |d| d.previous_digest_signature = Some("00".into()),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut bad = digest();
            change(&mut bad);
            let error = FoundDigest::read(&bad.to_bytes().unwrap()).unwrap_err();
            assert!(matches!(error, Unreadable::Field { .. }), "{number}: {error}");
            assert!(error.to_string().len() < 300);
        }
        for bytes in [&b""[..], b"null", b"[]", b"{}", b"\xff\xfe", &vec![b'['; 100_000]] {
            assert!(matches!(FoundDigest::read(bytes), Err(Unreadable::NotADigest(_))));
        }
        let huge = vec![b' '; MOST_DIGEST_BYTES + 1];
        assert!(matches!(FoundDigest::read(&huge), Err(Unreadable::TooLarge(_))));
    }
}
