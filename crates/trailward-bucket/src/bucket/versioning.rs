use crate::record::Versioning;
use crate::{BucketError, Buckets, Grant};

/// What `GetBucketVersioning` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersioningState {
    /// `None` if it was never enabled, else `Enabled` or `Suspended`.
    pub status: Option<&'static str>,
}

impl Buckets {
    /// `GetBucketVersioning`. For `s3:GetBucketVersioning`.
    pub async fn get_bucket_versioning(&self, grant: &Grant) -> Result<VersioningState, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketVersioning"]).await?;
        let status = match loaded.bucket.versioning {
            Versioning::Off => None,
            Versioning::Enabled => Some("Enabled"),
            Versioning::Suspended => Some("Suspended"),
        };
        Ok(VersioningState { status })
    }

    /// `PutBucketVersioning`. Puts and deletes that commit after it returns follow it.
    /// `InvalidBucketState` if that would suspend a bucket with Object Lock. For `s3:PutBucketVersioning`.
    pub async fn put_bucket_versioning(
        &self,
        grant: &Grant,
        status: Option<&str>,
        mfa_delete: Option<&str>,
    ) -> Result<(), BucketError> {
        let versioning = match status {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => {
                return Err(BucketError::MalformedXml);
            }
        };
        if mfa_delete == Some("Enabled") {
            return Err(BucketError::NotImplemented(
                "A header you provided implies functionality that is not implemented",
            ));
        }
        self.configure(grant, &["s3:PutBucketVersioning"], |bucket| {
            if bucket.lock.is_some() && versioning != Versioning::Enabled {
                return Err(BucketError::InvalidBucketState(
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                ));
            }
            bucket.versioning = versioning;
            Ok(())
        })
        .await
    }
}
