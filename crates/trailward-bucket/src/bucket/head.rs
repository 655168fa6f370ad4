use crate::record::Bucket;
use crate::{BucketError, Buckets, Grant};

/// What `HeadBucket` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketHead {
    /// The account that owns it.
    pub owner: String,
    /// Its Region.
    pub region: String,
    /// Whether deleting versions needs the root user's MFA device.
    pub mfa_delete: bool,
    /// Whether it has an access log.
    pub logs_access: bool,
    /// Whether access control lists mean anything.
    pub has_acls: bool,
    /// Whether requesters pay.
    pub requester_pays: bool,
    /// Whether it has Object Lock.
    pub object_lock: bool,
}

impl BucketHead {
    fn of(bucket: &Bucket) -> Self {
        Self {
            owner: bucket.owner.clone(),
            region: bucket.region.clone(),
            mfa_delete: bucket.mfa_delete == Some(true),
            logs_access: bucket.logging.is_some(),
            has_acls: bucket.has_acls(),
            requester_pays: bucket.requester_pays,
            object_lock: bucket.lock.is_some(),
        }
    }
}

impl Buckets {
    /// `HeadBucket`. For `s3:ListBucket`.
    pub async fn head_bucket(&self, grant: &Grant) -> Result<BucketHead, BucketError> {
        let loaded = self.enter(grant, &["s3:ListBucket"]).await?;
        Ok(BucketHead::of(&loaded.bucket))
    }

    /// A bucket's owner and Region, without any permission: for dispatch and records, never for an answer.
    pub async fn describe(&self, name: &str) -> Result<BucketHead, BucketError> {
        let loaded = self.load(name).await?;
        Ok(BucketHead::of(&loaded.bucket))
    }
}
