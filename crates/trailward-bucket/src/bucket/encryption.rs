use crate::record::BucketEncryption;
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutEncryptionConfiguration"];

impl Buckets {
    /// `GetBucketEncryption`. For `s3:GetEncryptionConfiguration`.
    pub async fn get_bucket_encryption(&self, grant: &Grant) -> Result<BucketEncryption, BucketError> {
        let loaded = self.enter(grant, &["s3:GetEncryptionConfiguration"]).await?;
        Ok(loaded.bucket.encryption.clone().unwrap_or_default())
    }

    /// `PutBucketEncryption`: for objects that are put from now on. As on AWS, nobody asks whether the key exists.
    /// For `s3:PutEncryptionConfiguration`.
    pub async fn put_bucket_encryption(
        &self,
        grant: &Grant,
        encryption: &BucketEncryption,
    ) -> Result<(), BucketError> {
        if !encryption.kms && encryption.key.is_some() {
            return Err(BucketError::argument(
                "ApplyServerSideEncryptionByDefault",
                encryption.key.clone().unwrap_or_default(),
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ));
        }
        self.configure(grant, &WRITE, |bucket| {
            bucket.encryption = Some(encryption.clone());
            Ok(())
        })
        .await
    }

    /// `DeleteBucketEncryption`: back to `AES256`. For `s3:PutEncryptionConfiguration`.
    pub async fn delete_bucket_encryption(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.encryption = None;
            Ok(())
        })
        .await
    }
}
