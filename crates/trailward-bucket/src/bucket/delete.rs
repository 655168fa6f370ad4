use crate::engine::Loaded;
use crate::record::{Bucket, Versioning, key};
use crate::{BucketError, Buckets, Grant};
use std::sync::Arc;
use trailward_store::{Batch, Scan};

impl Buckets {
    /// `DeleteBucket`, of an empty one: no versions, no delete markers. Uploads under way do not count, and end with
    /// the bucket. For `s3:DeleteBucket`.
    ///
    /// First the bucket is marked, which every writer of an object takes back; then it is decided whether it is
    /// empty. So nothing that was acknowledged is ever lost to a deletion: `OperationAborted` if a writer was faster.
    pub async fn delete_bucket(&self, grant: &Grant) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &["s3:DeleteBucket"]).await?;
        self.check_empty(&loaded).await?;
        let marked = self.mark(&loaded).await?;
        self.check_empty(&marked).await?;
        self.remove(&marked).await
    }

    async fn mark(&self, loaded: &Loaded) -> Result<Arc<Loaded>, BucketError> {
        let bucket = Bucket { deleting: true, ..loaded.bucket.clone() };
        match self.store(loaded, &bucket, Batch::new()).await {
            Err(error) if error.is_conflict() => Err(BucketError::OperationAborted),
            Err(error) => Err(error),
            Ok(()) => self.load(&bucket.name).await,
        }
    }

    async fn check_empty(&self, loaded: &Loaded) -> Result<(), BucketError> {
        let bucket = &loaded.bucket;
        let scan = Scan { prefix: key::versions(&bucket.id).into_bytes(), after: None, limit: 1 };
        if self.catalog.scan(scan).await?.is_empty() {
            return Ok(());
        }
        let versions = bucket.versioning != Versioning::Off;
        Err(BucketError::BucketNotEmpty { bucket: bucket.name.clone(), versions })
    }

    async fn remove(&self, loaded: &Loaded) -> Result<(), BucketError> {
        let bucket = &loaded.bucket;
        self.abort_all(loaded).await?;
        let at = key::bucket(&bucket.name);
        let batch = Batch::new()
            .unchanged(at.clone(), loaded.revision)
            .delete(at)
            .delete(key::owned(&bucket.owner).str(&bucket.name));
        match self.catalog.commit(batch).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() => Err(BucketError::OperationAborted),
            Err(error) => Err(error.into()),
        }
    }
}
