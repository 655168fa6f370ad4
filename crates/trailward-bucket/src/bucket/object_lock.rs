use crate::record::{BucketLock, DefaultRetention, RetentionPeriod, Versioning};
use crate::{BucketError, Buckets, Grant};

/// 100 years.
const MAX_DAYS: u32 = 36_500;
const MAX_YEARS: u32 = 100;

impl Buckets {
    /// `GetObjectLockConfiguration`. For `s3:GetBucketObjectLockConfiguration`.
    pub async fn get_object_lock_configuration(&self, grant: &Grant) -> Result<BucketLock, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketObjectLockConfiguration"]).await?;
        let missing = || BucketError::ObjectLockConfigurationNotFound(loaded.bucket.name.clone());
        loaded.bucket.lock.ok_or_else(missing)
    }

    /// `PutObjectLockConfiguration`: gives the bucket Object Lock, for good, and replaces its default retention,
    /// which counts for versions made from then on. `InvalidBucketState` unless versioning is enabled.
    /// For `s3:PutBucketObjectLockConfiguration`.
    pub async fn put_object_lock_configuration(
        &self,
        grant: &Grant,
        lock: BucketLock,
    ) -> Result<(), BucketError> {
        check_default(lock.default)?;
        self.configure(grant, &["s3:PutBucketObjectLockConfiguration"], |bucket| {
            if bucket.versioning != Versioning::Enabled {
                return Err(BucketError::InvalidBucketState(
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
                ));
            }
            bucket.lock = Some(lock);
            Ok(())
        })
        .await
    }
}

fn check_default(default: Option<DefaultRetention>) -> Result<(), BucketError> {
    let (name, number, max) = match default.map(|default| default.period) {
        None => return Ok(()),
        Some(RetentionPeriod::Days(days)) => ("Days", days, MAX_DAYS),
        Some(RetentionPeriod::Years(years)) => ("Years", years, MAX_YEARS),
    };
    let invalid = |message| Err(BucketError::argument(name, number.to_string(), message));
    match number {
        0 => invalid("Default retention period must be a positive integer value."),
        _ if number > max => invalid("Default retention period too large."),
        _ => Ok(()),
    }
}
