use crate::engine::Attempts;
use crate::record::Logging;
use crate::{BucketError, Buckets, Grant};
use trailward_store::Batch;

const WRITE: [&str; 1] = ["s3:PutBucketLogging"];

const UNFIT: &str = "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.";

impl Buckets {
    /// `GetBucketLogging`: `None` while there is no access log. For `s3:GetBucketLogging`.
    pub async fn get_bucket_logging(&self, grant: &Grant) -> Result<Option<Logging>, BucketError> {
        Ok(self.enter(grant, &["s3:GetBucketLogging"]).await?.bucket.logging.clone())
    }

    /// `PutBucketLogging`: requests from now on are logged, or not any more. `InvalidTargetBucketForLogging` for a
    /// target that is not there, of another account or Region, the bucket itself (its log would log itself without
    /// end), or with a default retention (its files could not be put). For `s3:PutBucketLogging`.
    pub async fn put_bucket_logging(
        &self,
        grant: &Grant,
        logging: Option<&Logging>,
    ) -> Result<(), BucketError> {
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, &WRITE).await?;
            if let Some(logging) = logging {
                self.check_target(&loaded.bucket, logging).await?;
            }
            let mut bucket = loaded.bucket.clone();
            bucket.logging = logging.cloned();
            match self.store(&loaded, &bucket, Batch::new()).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn check_target(
        &self,
        source: &crate::record::Bucket,
        logging: &Logging,
    ) -> Result<(), BucketError> {
        let unfit = |why: &str| BucketError::InvalidTargetBucketForLogging {
            message: why.to_owned(),
            target: logging.target.clone(),
        };
        let target = match self.load(&logging.target).await {
            Err(BucketError::NoSuchBucket(_)) => return Err(unfit(UNFIT)),
            found => found?,
        };
        let target = &target.bucket;
        if target.owner != source.owner {
            return Err(unfit(UNFIT));
        }
        if target.region != source.region {
            return Err(unfit(
                "The owner for the bucket to be logged and the target bucket must be in the same Region.",
            ));
        }
        if target.id == source.id {
            return Err(unfit(
                "The target bucket for logging must be another bucket: each log file would be logged in turn.",
            ));
        }
        if target.lock.as_ref().is_some_and(|lock| lock.default.is_some()) {
            return Err(unfit("The target bucket for logging has an Object Lock default retention period."));
        }
        if logging.prefix.len() > 800 {
            return Err(BucketError::argument(
                "TargetPrefix",
                "",
                "The target prefix is longer than 800 bytes.",
            ));
        }
        Ok(())
    }
}
