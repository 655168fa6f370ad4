use crate::record::{Tag, check_bucket_tags};
use crate::{BucketError, Buckets, Grant};

const WRITE: [&str; 1] = ["s3:PutBucketTagging"];

impl Buckets {
    /// `GetBucketTagging`; `NoSuchTagSet` without tags. For `s3:GetBucketTagging`.
    pub async fn get_bucket_tagging(&self, grant: &Grant) -> Result<Vec<Tag>, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketTagging"]).await?;
        if loaded.bucket.tags.is_empty() {
            return Err(BucketError::NoSuchTagSet(loaded.bucket.name.clone()));
        }
        Ok(loaded.bucket.tags.clone())
    }

    /// `PutBucketTagging`: replaces all tags. For `s3:PutBucketTagging`.
    pub async fn put_bucket_tagging(&self, grant: &Grant, tags: Vec<Tag>) -> Result<(), BucketError> {
        check_bucket_tags(&tags)?;
        self.configure(grant, &WRITE, |bucket| {
            bucket.tags.clone_from(&tags);
            Ok(())
        })
        .await
    }

    /// `DeleteBucketTagging`. For `s3:PutBucketTagging`.
    pub async fn delete_bucket_tagging(&self, grant: &Grant) -> Result<(), BucketError> {
        self.put_bucket_tagging(grant, Vec::new()).await
    }
}
