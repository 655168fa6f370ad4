use crate::{BucketError, Buckets, Grant};

/// A bucket's default encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketEncryption {
    /// `AES256`: under keys that the store keeps. Every object is encrypted, whatever anybody asks for.
    pub algorithm: String,
    /// `BucketKeyEnabled`; means something with KMS keys only.
    pub bucket_key: bool,
}

const WRITE: [&str; 1] = ["s3:PutEncryptionConfiguration"];

impl Buckets {
    /// `GetBucketEncryption`. For `s3:GetEncryptionConfiguration`.
    pub async fn get_bucket_encryption(&self, grant: &Grant) -> Result<BucketEncryption, BucketError> {
        self.enter(grant, &["s3:GetEncryptionConfiguration"]).await?;
        Ok(BucketEncryption { algorithm: "AES256".to_owned(), bucket_key: false })
    }

    /// `PutBucketEncryption`: `AES256` is accepted and changes nothing. For `s3:PutEncryptionConfiguration`.
    pub async fn put_bucket_encryption(
        &self,
        grant: &Grant,
        encryption: &BucketEncryption,
    ) -> Result<(), BucketError> {
        self.enter(grant, &WRITE).await?;
        check_encryption(Some(&encryption.algorithm))
    }

    /// `DeleteBucketEncryption`: back to `AES256`. For `s3:PutEncryptionConfiguration`.
    pub async fn delete_bucket_encryption(&self, grant: &Grant) -> Result<(), BucketError> {
        self.enter(grant, &WRITE).await?;
        Ok(())
    }
}

/// Refuses what is not offered: keys of KMS.
pub(crate) fn check_encryption(algorithm: Option<&str>) -> Result<(), BucketError> {
    match algorithm {
        None | Some("AES256") => Ok(()),
        Some("aws:kms" | "aws:kms:dsse") => Err(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        )),
        Some(other) => Err(BucketError::argument(
            "x-amz-server-side-encryption",
            other,
            "The encryption method specified is not supported",
        )),
    }
}
