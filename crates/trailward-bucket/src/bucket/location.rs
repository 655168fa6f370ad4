use crate::{BucketError, Buckets, Grant};

impl Buckets {
    /// `GetBucketLocation`: `None` for us-east-1, which S3 never names here. For `s3:GetBucketLocation`.
    pub async fn get_bucket_location(&self, grant: &Grant) -> Result<Option<String>, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketLocation"]).await?;
        Ok(Some(loaded.bucket.region.clone()).filter(|region| region != "us-east-1"))
    }
}
