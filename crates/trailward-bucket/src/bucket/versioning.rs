use crate::access::{require, require_for_deletion};
use crate::record::{Bucket, Versioning};
use crate::{BucketError, Buckets, Grant, MfaProof};

/// What `GetBucketVersioning` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersioningState {
    /// `None` if it was never enabled, else `Enabled` or `Suspended`.
    pub status: Option<&'static str>,
    /// `None` if it never was configured, else whether deleting versions needs the root user's MFA device.
    pub mfa_delete: Option<bool>,
}

/// What `PutBucketVersioning` is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct PutVersioning<'a> {
    /// `Enabled` or `Suspended`.
    pub status: Option<&'a str>,
    /// `Enabled` or `Disabled`; whoever says it needs `mfa`.
    pub mfa_delete: Option<&'a str>,
    /// `x-amz-mfa`.
    pub mfa: Option<&'a MfaProof>,
}

impl Buckets {
    /// `GetBucketVersioning`. For `s3:GetBucketVersioning`.
    pub async fn get_bucket_versioning(&self, grant: &Grant) -> Result<VersioningState, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketVersioning"]).await?;
        let status = match loaded.bucket.versioning {
            Versioning::Off => None,
            Versioning::Enabled => Some("Enabled"),
            Versioning::Suspended => Some("Suspended"),
        };
        Ok(VersioningState { status, mfa_delete: loaded.bucket.mfa_delete })
    }

    /// `PutBucketVersioning`. Puts and deletes that commit after it returns follow it. `AccessDenied` if MFA delete is
    /// on, or is to be changed, and there is no proof of the owner's root user; `InvalidBucketState` if that would
    /// suspend a bucket with Object Lock, or enable MFA delete beside a lifecycle configuration. For `s3:PutBucketVersioning`.
    pub async fn put_bucket_versioning(
        &self,
        grant: &Grant,
        put: PutVersioning<'_>,
    ) -> Result<(), BucketError> {
        let versioning = match put.status {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => return Err(BucketError::MalformedXml),
        };
        let mfa_delete = match put.mfa_delete {
            None => None,
            Some("Enabled") => Some(true),
            Some("Disabled") => Some(false),
            Some(_) => return Err(BucketError::MalformedXml),
        };
        self.configure(grant, &["s3:PutBucketVersioning"], |bucket| {
            match mfa_delete {
                Some(_) => require(bucket, grant, put.mfa)?,
                None => require_for_deletion(bucket, grant, put.mfa)?,
            }
            check_state(bucket, versioning, mfa_delete == Some(true))?;
            bucket.versioning = versioning;
            bucket.mfa_delete = mfa_delete.or(bucket.mfa_delete);
            Ok(())
        })
        .await
    }
}

fn check_state(bucket: &Bucket, versioning: Versioning, mfa_delete: bool) -> Result<(), BucketError> {
    if mfa_delete && bucket.lifecycle.is_some() {
        return Err(BucketError::InvalidBucketState(
            "MFA Delete is not supported on a bucket with a lifecycle configuration. Delete the lifecycle configuration before enabling MFA Delete.",
        ));
    }
    if bucket.replication.is_some() && versioning != Versioning::Enabled {
        return Err(BucketError::InvalidBucketState(
            "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.",
        ));
    }
    if bucket.lock.is_some() && versioning != Versioning::Enabled {
        return Err(BucketError::InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        ));
    }
    Ok(())
}
