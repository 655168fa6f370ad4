use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an object's bytes are encrypted, beside what the store does with all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sse {
    /// `AES256`: under keys that the store keeps.
    #[default]
    Store,
    /// `aws:kms`.
    Kms(Box<KmsSeal>),
    /// Under a key that the customer brings each time.
    Customer(CustomerSeal),
}

/// A data key under a key of KMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KmsSeal {
    /// ARN of the KMS key.
    pub(crate) key: String,
    /// The whole encryption context.
    pub(crate) context: BTreeMap<String, String>,
    /// The data key, encrypted by KMS; base64.
    pub(crate) wrapped: String,
    /// The data key is the bucket's of that hour, not the object's own.
    pub(crate) bucket_key: bool,
}

/// Tells whether a key is the one an object was encrypted with, and nothing else about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomerSeal {
    /// Random, in hexadecimal digits.
    pub(crate) salt: String,
    /// HMAC-SHA256 of the salt under the key, in hexadecimal digits.
    pub(crate) proof: String,
    /// MD5 of the key, base64, as answers repeat it.
    pub(crate) md5: String,
}

/// What happens to objects that are put without a word about encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEncryption {
    /// `aws:kms`; otherwise `AES256`: under keys that the store keeps.
    pub kms: bool,
    /// The KMS key, as it was named; `None` for `alias/aws/s3` of whoever puts.
    pub key: Option<String>,
    /// `BucketKeyEnabled`: one data key for many objects.
    pub bucket_key: bool,
    /// Whether objects under keys that the customer brings (SSE-C) are refused.
    pub blocks_customer_keys: bool,
}

impl Default for BucketEncryption {
    /// `AES256`, and no SSE-C: as new buckets are.
    ///
    /// Source: S3 User Guide, "Blocking or unblocking SSE-C for a general purpose bucket" (since April 2026).
    fn default() -> Self {
        Self { kms: false, key: None, bucket_key: false, blocks_customer_keys: true }
    }
}
