use super::replication_check::check_rules;
use crate::engine::Attempts;
use crate::record::{Bucket, Replication, Versioning};
use crate::{BucketError, Buckets, Grant};
use trailward_store::Batch;

const WRITE: [&str; 1] = ["s3:PutReplicationConfiguration"];

impl Buckets {
    /// `GetBucketReplication`. `ReplicationConfigurationNotFoundError` without one. For
    /// `s3:GetReplicationConfiguration`.
    pub async fn get_bucket_replication(&self, grant: &Grant) -> Result<Replication, BucketError> {
        let loaded = self.enter(grant, &["s3:GetReplicationConfiguration"]).await?;
        let missing = || BucketError::ReplicationConfigurationNotFound(loaded.bucket.name.clone());
        loaded.bucket.replication.clone().ok_or_else(missing)
    }

    /// `PutBucketReplication`: for what is put from now on. Source and destinations must keep versions, and a source
    /// with Object Lock wants destinations with it. For `s3:PutReplicationConfiguration`.
    pub async fn put_bucket_replication(
        &self,
        grant: &Grant,
        mut replication: Replication,
    ) -> Result<(), BucketError> {
        check_rules(&mut replication)?;
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, &WRITE).await?;
            self.check_ends(&loaded.bucket, &replication).await?;
            let mut bucket = loaded.bucket.clone();
            bucket.replication = Some(replication.clone());
            match self.store(&loaded, &bucket, Batch::new()).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    /// `DeleteBucketReplication`. What waits is not replicated any more. For `s3:PutReplicationConfiguration`.
    pub async fn delete_bucket_replication(&self, grant: &Grant) -> Result<(), BucketError> {
        self.configure(grant, &WRITE, |bucket| {
            bucket.replication = None;
            Ok(())
        })
        .await
    }

    async fn check_ends(&self, source: &Bucket, replication: &Replication) -> Result<(), BucketError> {
        let invalid = |text: &str| BucketError::InvalidRequest(text.to_owned());
        if source.versioning != Versioning::Enabled {
            return Err(invalid(
                "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            ));
        }
        for rule in &replication.rules {
            let target = match self.load(&rule.destination.bucket).await {
                Err(BucketError::NoSuchBucket(_)) => return Err(invalid("Destination bucket must exist.")),
                found => found?,
            };
            let target = &target.bucket;
            if target.id == source.id {
                return Err(invalid("Destination bucket cannot be the same as the source bucket."));
            }
            if target.versioning != Versioning::Enabled {
                return Err(invalid("Destination bucket must have versioning enabled."));
            }
            if source.lock.is_some() && target.lock.is_none() {
                return Err(invalid(
                    "Destination bucket must have Object Lock enabled, as the source bucket has it.",
                ));
            }
            if rule.destination.account.as_ref().is_some_and(|account| *account != target.owner) {
                return Err(invalid("Account must be the owner of the destination bucket."));
            }
        }
        Ok(())
    }
}
