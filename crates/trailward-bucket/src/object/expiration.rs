use crate::engine::Loaded;
use crate::lifecycle::expiry;
use crate::record::time_of;
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;

impl Buckets {
    /// When what was just put will expire, and by which lifecycle rule (`x-amz-expiration`). For `s3:PutObject`.
    pub async fn expiration(&self, grant: &Grant) -> Result<Option<(OffsetDateTime, String)>, BucketError> {
        let loaded = self.enter(grant, &["s3:PutObject"]).await?;
        let Loaded { bucket, .. } = &*loaded;
        // Most buckets have no rules, and then nothing more is read.
        if bucket.lifecycle.is_none() {
            return Ok(None);
        }
        let key = grant.key()?;
        let Some(version) = self.find(bucket, key, None).await? else { return Ok(None) };
        let expires = expiry(bucket, key, &version, self.calendar());
        Ok(expires.map(|(date, rule)| (time_of(date), rule)))
    }
}
