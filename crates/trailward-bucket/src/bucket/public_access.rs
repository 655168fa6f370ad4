use crate::record::PublicAccessBlock;
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutBucketPublicAccessBlock"];

impl Buckets {
    /// `GetPublicAccessBlock`. For `s3:GetBucketPublicAccessBlock`.
    pub async fn get_public_access_block(&self, grant: &Grant) -> Result<PublicAccessBlock, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketPublicAccessBlock"]).await?;
        let missing = || BucketError::NoSuchPublicAccessBlockConfiguration(loaded.bucket.name.clone());
        loaded.bucket.public_access.ok_or_else(missing)
    }

    /// `PutPublicAccessBlock`. A public policy that is there already stays, but with `restrict_public_buckets` lets
    /// no stranger in. For `s3:PutBucketPublicAccessBlock`.
    pub async fn put_public_access_block(
        &self,
        grant: &Grant,
        block: PublicAccessBlock,
    ) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.public_access = Some(block);
            Ok(())
        })
        .await
    }

    /// `DeletePublicAccessBlock`: nothing is blocked any more. For `s3:PutBucketPublicAccessBlock`.
    pub async fn delete_public_access_block(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.public_access = None;
            Ok(())
        })
        .await
    }
}
