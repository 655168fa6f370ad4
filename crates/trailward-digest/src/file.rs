//! A digest file.

use serde::{Deserialize, Serialize};

const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";
const HASH_ALGORITHM: &str = "SHA-256";

/// A digest as its JSON has it. Times are `YYYY-MM-DDTHH:MM:SSZ`; hashes are of uncompressed bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestFile {
    /// The account whose log files are listed.
    pub aws_account_id: String,
    /// The window's start: the end of the digest before.
    pub digest_start_time: String,
    /// The window's end.
    pub digest_end_time: String,
    /// Where this digest lies.
    #[serde(rename = "digestS3Bucket")]
    pub digest_s3_bucket: String,
    /// Where this digest lies.
    #[serde(rename = "digestS3Object")]
    pub digest_s3_object: String,
    /// Which key signed it.
    pub digest_public_key_fingerprint: String,
    /// `SHA256withRSA`.
    pub digest_signature_algorithm: String,
    /// Time of the newest event in the listed files; null when there is none.
    pub newest_event_time: Option<String>,
    /// Time of the oldest event in the listed files; null when there is none.
    pub oldest_event_time: Option<String>,
    /// Where the predecessor lies; null for the first of a chain, as are the next four.
    #[serde(rename = "previousDigestS3Bucket")]
    pub previous_digest_s3_bucket: Option<String>,
    /// Where the predecessor lies.
    #[serde(rename = "previousDigestS3Object")]
    pub previous_digest_s3_object: Option<String>,
    /// The predecessor's hash.
    pub previous_digest_hash_value: Option<String>,
    /// `SHA-256`.
    pub previous_digest_hash_algorithm: Option<String>,
    /// The predecessor's signature.
    pub previous_digest_signature: Option<String>,
    /// The log files delivered in the window.
    pub log_files: Vec<ListedLog>,
}

/// A log file as a digest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedLog {
    /// Where it lies.
    #[serde(rename = "s3Bucket")]
    pub s3_bucket: String,
    /// Where it lies.
    #[serde(rename = "s3Object")]
    pub s3_object: String,
    /// Lower-case hexadecimal SHA-256 of the uncompressed bytes.
    pub hash_value: String,
    /// `SHA-256`.
    pub hash_algorithm: String,
    /// Time of its newest event.
    pub newest_event_time: Option<String>,
    /// Time of its oldest event.
    pub oldest_event_time: Option<String>,
}

/// What a digest must know of its predecessor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Where it lies.
    pub bucket: String,
    /// Where it lies.
    pub key: String,
    /// Hash of its uncompressed bytes.
    pub hash: String,
    /// Its signature, hexadecimal.
    pub signature: String,
}

impl ListedLog {
    /// A log file with a SHA-256 hash.
    pub fn new(
        bucket: &str,
        key: &str,
        hash: String,
        oldest: Option<String>,
        newest: Option<String>,
    ) -> Self {
        Self {
            s3_bucket: bucket.to_owned(),
            s3_object: key.to_owned(),
            hash_value: hash,
            hash_algorithm: HASH_ALGORITHM.to_owned(),
            newest_event_time: newest,
            oldest_event_time: oldest,
        }
    }
}

impl DigestFile {
    /// A digest of the window from `start` to `end` that lies at `place` (bucket, key).
    pub fn new(
        account: &str,
        (start, end): (&str, &str),
        place: (&str, &str),
        fingerprint: &str,
        previous: Option<&Previous>,
        log_files: Vec<ListedLog>,
    ) -> Self {
        // The spelling sorts as the times do.
        let newest = log_files.iter().filter_map(|log| log.newest_event_time.clone()).max();
        let oldest = log_files.iter().filter_map(|log| log.oldest_event_time.clone()).min();
        Self {
            aws_account_id: account.to_owned(),
            digest_start_time: start.to_owned(),
            digest_end_time: end.to_owned(),
            digest_s3_bucket: place.0.to_owned(),
            digest_s3_object: place.1.to_owned(),
            digest_public_key_fingerprint: fingerprint.to_owned(),
            digest_signature_algorithm: SIGNATURE_ALGORITHM.to_owned(),
            newest_event_time: newest,
            oldest_event_time: oldest,
            previous_digest_s3_bucket: previous.map(|p| p.bucket.clone()),
            previous_digest_s3_object: previous.map(|p| p.key.clone()),
            previous_digest_hash_value: previous.map(|p| p.hash.clone()),
            previous_digest_hash_algorithm: previous.map(|_| HASH_ALGORITHM.to_owned()),
            previous_digest_signature: previous.map(|p| p.signature.clone()),
            log_files,
        }
    }

    /// The bytes that are hashed, signed and compressed. The same digest always gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
