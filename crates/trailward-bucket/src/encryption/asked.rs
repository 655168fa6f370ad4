use super::CustomerKey;
use crate::BucketError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// What a request says about the encryption of the object it writes.
#[derive(Debug, Clone, Default)]
pub struct EncryptionAsked {
    /// `x-amz-server-side-encryption`.
    pub algorithm: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`.
    pub kms_key: Option<String>,
    /// `x-amz-server-side-encryption-context`: base64 of a JSON object of strings.
    pub kms_context: Option<String>,
    /// `x-amz-server-side-encryption-bucket-key-enabled`.
    pub bucket_key: Option<bool>,
    /// `x-amz-server-side-encryption-customer-…`.
    pub customer: Option<CustomerKey>,
}

/// The same, understood.
#[derive(Debug)]
pub(super) enum Asked<'a> {
    /// Nothing: the bucket's default.
    Default,
    Store,
    Kms {
        key: Option<&'a str>,
        context: BTreeMap<String, String>,
    },
    Customer(&'a CustomerKey),
}

const ALGORITHM: &str = "x-amz-server-side-encryption";

impl EncryptionAsked {
    /// Whether anything is said at all.
    pub(crate) fn is_some(&self) -> bool {
        self.algorithm.is_some() || self.customer.is_some()
    }

    /// Reads it; refuses what contradicts itself.
    pub(super) fn read(&self) -> Result<Asked<'_>, BucketError> {
        let algorithm = self.algorithm.as_deref();
        if let (Some(customer), Some(algorithm)) = (&self.customer, algorithm) {
            let _ = customer;
            return Err(BucketError::argument(
                ALGORITHM,
                algorithm,
                "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
            ));
        }
        let about_kms = self.kms_key.is_some() || self.kms_context.is_some();
        match algorithm {
            Some("aws:kms") => Ok(Asked::Kms { key: self.kms_key.as_deref(), context: self.context()? }),
            Some("aws:kms:dsse") => Err(BucketError::NotImplemented(
                "A header you provided implies functionality that is not implemented",
            )),
            None | Some("AES256") if about_kms => Err(BucketError::argument(
                ALGORITHM,
                algorithm.unwrap_or("null"),
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
            )),
            Some("AES256") => Ok(Asked::Store),
            None => Ok(self.customer.as_ref().map_or(Asked::Default, Asked::Customer)),
            Some(other) => Err(BucketError::argument(
                ALGORITHM,
                other,
                "The encryption method specified is not supported",
            )),
        }
    }

    fn context(&self) -> Result<BTreeMap<String, String>, BucketError> {
        let Some(text) = &self.kms_context else { return Ok(BTreeMap::new()) };
        let bytes = STANDARD.decode(text).ok();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
            BucketError::argument(
                "x-amz-server-side-encryption-context",
                text.clone(),
                "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
            )
        })
    }
}
