use super::lifecycle_check::check;
use crate::record::Lifecycle;
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutLifecycleConfiguration"];

impl Buckets {
    /// `GetBucketLifecycleConfiguration`. For `s3:GetLifecycleConfiguration`.
    pub async fn get_bucket_lifecycle(&self, grant: &Grant) -> Result<Lifecycle, BucketError> {
        let loaded = self.enter(grant, &["s3:GetLifecycleConfiguration"]).await?;
        let missing = || BucketError::NoSuchLifecycleConfiguration(loaded.bucket.name.clone());
        loaded.bucket.lifecycle.clone().ok_or_else(missing)
    }

    /// `PutBucketLifecycleConfiguration`: replaces all rules. `InvalidBucketState` with MFA delete.
    /// For `s3:PutLifecycleConfiguration`.
    pub async fn put_bucket_lifecycle(&self, grant: &Grant, lifecycle: Lifecycle) -> Result<(), BucketError> {
        check(&lifecycle)?;
        self.configure(grant, &WRITE, |bucket| {
            if bucket.mfa_delete == Some(true) {
                return Err(BucketError::InvalidBucketState(
                    "Lifecycle configuration is currently not supported on a bucket with MFA Delete enabled",
                ));
            }
            bucket.lifecycle = Some(lifecycle.clone());
            Ok(())
        })
        .await
    }

    /// `DeleteBucketLifecycle`. No error if there is none. For `s3:PutLifecycleConfiguration`.
    pub async fn delete_bucket_lifecycle(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.lifecycle = None;
            Ok(())
        })
        .await
    }
}
