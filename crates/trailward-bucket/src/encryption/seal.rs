use super::asked::Asked;
use super::{CustomerKey, EncryptionAsked};
use crate::record::{Bucket, Sse};
use crate::{BucketError, Buckets, Grant};
use std::collections::BTreeMap;
use trailward_store::BlobKey;

/// How an object is encrypted, as answers show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncryptionView {
    /// `AES256`.
    Store,
    /// `aws:kms`.
    Kms {
        /// ARN of the key.
        key: String,
        /// Whether the data key is the bucket's.
        bucket_key: bool,
    },
    /// Under a key that the customer brings.
    Customer {
        /// Its MD5, base64.
        md5: String,
    },
}

impl From<&Sse> for EncryptionView {
    fn from(sse: &Sse) -> Self {
        match sse {
            Sse::Store => Self::Store,
            Sse::Kms(seal) => Self::Kms { key: seal.key.clone(), bucket_key: seal.bucket_key },
            Sse::Customer(seal) => Self::Customer { md5: seal.md5.clone() },
        }
    }
}

impl Buckets {
    /// Decides how an object that is written is encrypted: as asked, or as the bucket does by default. The key is
    /// `None` where the store's own is all there is.
    pub(crate) async fn seal(
        &self,
        grant: &Grant,
        bucket: &Bucket,
        asked: &EncryptionAsked,
    ) -> Result<(Sse, Option<BlobKey>), BucketError> {
        let default = bucket.encryption.clone().unwrap_or_default();
        let (named, context) = match asked.read()? {
            Asked::Store => return Ok((Sse::Store, None)),
            Asked::Default if !default.kms => return Ok((Sse::Store, None)),
            Asked::Default => (default.key.as_deref(), BTreeMap::new()),
            Asked::Customer(_) if default.blocks_customer_keys => {
                return Err(BucketError::AccessDenied(
                    "Access Denied because the bucket blocks server-side encryption with customer-provided keys (SSE-C)"
                        .to_owned(),
                ));
            }
            Asked::Customer(customer) => {
                return Ok((Sse::Customer(customer.seal()?), Some(customer.key().clone())));
            }
            Asked::Kms { key, context } => (key, context),
        };
        let bucket_key = asked.bucket_key.unwrap_or(default.bucket_key);
        let (seal, key) = self.kms_seal(grant, bucket, named, context, bucket_key).await?;
        Ok((Sse::Kms(Box::new(seal)), Some(key)))
    }

    /// The key that an object's bytes are read with.
    pub(crate) async fn unseal(
        &self,
        grant: &Grant,
        region: &str,
        sse: &Sse,
        customer: Option<&CustomerKey>,
    ) -> Result<Option<BlobKey>, BucketError> {
        match sse {
            Sse::Kms(seal) if customer.is_none() => self.kms_open(grant, region, seal).await.map(Some),
            sse => check_customer(sse, customer).map(Option::<&BlobKey>::cloned),
        }
    }
}

/// That the customer brings the key where one is needed, and only there. Returns it.
pub(crate) fn check_customer<'a>(
    sse: &Sse,
    customer: Option<&'a CustomerKey>,
) -> Result<Option<&'a BlobKey>, BucketError> {
    match (sse, customer) {
        (Sse::Customer(seal), Some(customer)) if customer.fits(seal) => Ok(Some(customer.key())),
        (Sse::Customer(_), Some(_)) => Err(BucketError::AccessDenied("Access Denied".to_owned())),
        (Sse::Customer(_), None) => Err(BucketError::InvalidRequest(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.".to_owned(),
        )),
        (Sse::Store | Sse::Kms(_), Some(_)) => Err(BucketError::InvalidRequest(
            "The encryption parameters are not applicable to this object.".to_owned(),
        )),
        (Sse::Store | Sse::Kms(_), None) => Ok(None),
    }
}
