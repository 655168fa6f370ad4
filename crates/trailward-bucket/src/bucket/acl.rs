//! Access control lists, as far as a bucket without them knows them.

use crate::record::{Bucket, Kind, Ownership};
use crate::{BucketError, Buckets, Grant};

/// The canned list that every bucket accepts: it changes nothing where the owner owns everything.
const OWNER_FULL_CONTROL: &str = "bucket-owner-full-control";

/// Refuses canned lists that would mean something else than full control for the bucket's owner.
pub(crate) fn check_acl(bucket: &Bucket, acl: Option<&str>) -> Result<(), BucketError> {
    match (acl, bucket.ownership) {
        (None | Some(OWNER_FULL_CONTROL), _) => Ok(()),
        (Some(_), Some(Ownership::BucketOwnerEnforced)) => Err(BucketError::AccessControlListNotSupported),
        (Some("private"), _) => Ok(()),
        (Some(_), _) => Err(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        )),
    }
}

impl Buckets {
    /// `GetBucketAcl`: the account with full control, which is the owner. For `s3:GetBucketAcl`.
    pub async fn get_bucket_acl(&self, grant: &Grant) -> Result<String, BucketError> {
        Ok(self.enter(grant, &["s3:GetBucketAcl"]).await?.bucket.owner.clone())
    }

    /// `PutBucketAcl`, with a canned list. For `s3:PutBucketAcl`.
    pub async fn put_bucket_acl(&self, grant: &Grant, acl: Option<&str>) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &["s3:PutBucketAcl"]).await?;
        match (acl, loaded.bucket.ownership) {
            // A list that is spelled out would have to be kept.
            (None, Some(Ownership::BucketOwnerEnforced)) => Err(BucketError::AccessControlListNotSupported),
            (None, _) => Err(BucketError::NotImplemented("Access control lists are not implemented")),
            (acl, _) => check_acl(&loaded.bucket, acl),
        }
    }

    /// `GetObjectAcl`: the account with full control. For `s3:GetObjectAcl` or `s3:GetObjectVersionAcl`.
    pub async fn get_object_acl(&self, grant: &Grant) -> Result<String, BucketError> {
        let loaded = self.enter(grant, &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"]).await?;
        let version = self.resolve(&loaded.bucket, grant, "GET").await?;
        match version.kind {
            Kind::Object(_) => Ok(version.owner),
            Kind::DeleteMarker => Err(BucketError::MethodNotAllowed { method: "GET", version: version.id }),
        }
    }

    /// `PutObjectAcl`, with a canned list. For `s3:PutObjectAcl` or `s3:PutObjectVersionAcl`.
    pub async fn put_object_acl(&self, grant: &Grant, acl: Option<&str>) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &["s3:PutObjectAcl", "s3:PutObjectVersionAcl"]).await?;
        if acl.is_none() {
            return Err(BucketError::AccessControlListNotSupported);
        }
        check_acl(&loaded.bucket, acl)?;
        self.resolve(&loaded.bucket, grant, "PUT").await?;
        Ok(())
    }
}
