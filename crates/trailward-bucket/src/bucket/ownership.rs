use crate::record::Ownership;
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutBucketOwnershipControls"];

impl Buckets {
    /// `GetBucketOwnershipControls`. For `s3:GetBucketOwnershipControls`.
    pub async fn get_bucket_ownership_controls(&self, grant: &Grant) -> Result<Ownership, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketOwnershipControls"]).await?;
        let missing = || BucketError::OwnershipControlsNotFound(loaded.bucket.name.clone());
        loaded.bucket.ownership.ok_or_else(missing)
    }

    /// `PutBucketOwnershipControls`: `InvalidBucketAclWithObjectOwnership` if lists are to be off and the bucket's own
    /// grants more than full control to its owner. For `s3:PutBucketOwnershipControls`.
    pub async fn put_bucket_ownership_controls(
        &self,
        grant: &Grant,
        ownership: Ownership,
    ) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            if ownership == Ownership::BucketOwnerEnforced && bucket.acl.is_some() {
                return Err(BucketError::InvalidBucketAclWithObjectOwnership(bucket.name.clone()));
            }
            bucket.ownership = Some(ownership);
            Ok(())
        })
        .await
    }

    /// `DeleteBucketOwnershipControls`. For `s3:PutBucketOwnershipControls`.
    pub async fn delete_bucket_ownership_controls(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.ownership = None;
            Ok(())
        })
        .await
    }
}
