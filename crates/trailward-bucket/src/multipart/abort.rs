use crate::engine::{Attempts, Loaded, Plan};
use crate::list::upload_key;
use crate::record::{Bucket, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::Scan;

impl Buckets {
    /// `AbortMultipartUpload`: the upload and its parts are gone after `Ok`. For `s3:AbortMultipartUpload`.
    pub async fn abort_multipart_upload(&self, grant: &Grant, upload_id: &str) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &["s3:AbortMultipartUpload"]).await?;
        self.abort(&loaded.bucket, grant.key()?, upload_id).await
    }

    /// Ends every upload of a bucket.
    pub(crate) async fn abort_all(&self, loaded: &Loaded) -> Result<(), BucketError> {
        loop {
            let prefix = key::uploads(&loaded.bucket.id).into_bytes();
            let Some(item) =
                self.catalog.scan(Scan { prefix, after: None, limit: 1 }).await?.into_iter().next()
            else {
                return Ok(());
            };
            let (name, _, id) = upload_key(&item.key)?;
            match self.abort(&loaded.bucket, &name, &id).await {
                Ok(()) | Err(BucketError::NoSuchUpload(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn abort(&self, bucket: &Bucket, name: &str, id: &str) -> Result<(), BucketError> {
        let _one_writer = self.lock(&bucket.name, name).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_abort(bucket, name, id).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn try_abort(&self, bucket: &Bucket, name: &str, id: &str) -> Result<(), BucketError> {
        let (revision, upload) = self.upload(bucket, name, id).await?;
        let mut plan = Plan::new();
        let at = key::upload(&bucket.id, name, upload.initiated, id);
        plan.unchanged(at.clone(), revision);
        plan.delete(at);
        for (number, part) in self.parts(id).await? {
            plan.delete(key::part(id, number));
            if let Some(blob) = part.blob {
                plan.forget_blob(blob);
            }
        }
        self.commit(plan).await
    }
}
