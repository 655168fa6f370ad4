use crate::BucketError;
use crate::record::CustomerSeal;
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use trailward_store::{BlobKey, StoreError, StoreErrorKind};

/// A key that the customer brings with the request (SSE-C). It is used and forgotten.
#[derive(Debug, Clone)]
pub struct CustomerKey {
    key: BlobKey,
    md5: String,
}

impl CustomerKey {
    /// Reads the three headers that bring it; `None` if there is none of them.
    pub fn read(
        algorithm: Option<&str>,
        key: Option<&str>,
        md5: Option<&str>,
    ) -> Result<Option<Self>, BucketError> {
        if algorithm.is_none() && key.is_none() && md5.is_none() {
            return Ok(None);
        }
        let wanted = |what: &str| {
            format!(
                "Requests specifying Server Side Encryption with Customer provided keys must provide {what}."
            )
        };
        let Some(algorithm) = algorithm else {
            let message = wanted("a valid encryption algorithm");
            return Err(BucketError::argument(ALGORITHM, "null", message));
        };
        if algorithm != "AES256" {
            return Err(BucketError::InvalidEncryptionAlgorithm(algorithm.to_owned()));
        }
        let key =
            key.ok_or_else(|| BucketError::argument(KEY, "null", wanted("an appropriate secret key")))?;
        let md5 = md5.ok_or_else(|| {
            BucketError::argument(MD5, "null", wanted("the client calculated MD5 of the secret key"))
        })?;
        // The key itself is not repeated, wrong or right.
        let bytes = STANDARD.decode(key).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| {
            let message = "The secret key was invalid for the specified algorithm.";
            BucketError::argument(KEY, "null", message)
        })?;
        if STANDARD.encode(Md5::digest(bytes)) != md5 {
            let message = "The calculated MD5 hash of the key did not match the hash that was provided.";
            return Err(BucketError::argument(MD5, md5, message));
        }
        Ok(Some(Self { key: BlobKey::new(bytes), md5: md5.to_owned() }))
    }

    pub(super) fn key(&self) -> &BlobKey {
        &self.key
    }

    /// What is stored to know the key again.
    pub(super) fn seal(&self) -> Result<CustomerSeal, BucketError> {
        let mut salt = [0; 16];
        rand::fill(&mut salt).map_err(|_| {
            BucketError::Internal(StoreError::new(StoreErrorKind::Unavailable, "no random bytes"))
        })?;
        let proof = hmac::sign(&self.hmac(), &salt);
        Ok(CustomerSeal { salt: hex::encode(salt), proof: hex::encode(proof), md5: self.md5.clone() })
    }

    /// Whether it is the key that `seal` was made of; in constant time.
    pub(super) fn fits(&self, seal: &CustomerSeal) -> bool {
        match (hex::decode(&seal.salt), hex::decode(&seal.proof)) {
            (Ok(salt), Ok(proof)) => hmac::verify(&self.hmac(), &salt, &proof).is_ok(),
            _ => false,
        }
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.key.bytes())
    }
}

const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-amz-server-side-encryption-customer-key";
const MD5: &str = "x-amz-server-side-encryption-customer-key-MD5";
