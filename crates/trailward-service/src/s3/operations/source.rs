//! The source of a copy.

use super::prelude::{S3Call, dto};
use trailward_bucket::{BucketError, Grant, Resource};

/// The permission to read what `x-amz-copy-source` names.
pub(super) async fn grant(call: &S3Call, source: &dto::CopySource) -> Result<Grant, BucketError> {
    let dto::CopySource::Bucket { bucket, key, version_id } = source else {
        return Err(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        ));
    };
    if key.is_empty() {
        return Err(BucketError::InvalidArgument {
            message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey".to_owned(),
            name: "x-amz-copy-source",
            value: call.header("x-amz-copy-source").unwrap_or_default().to_owned(),
        });
    }
    if let Some(expected) = call.header("x-amz-source-expected-bucket-owner")
        && call.buckets().describe(bucket).await?.owner != expected
    {
        return Err(BucketError::AccessDenied("Access Denied".to_owned()));
    }
    match version_id {
        Some(version) => {
            call.authorize("s3:GetObjectVersion", Resource::version(&**bucket, &**key, &**version)).await
        }
        None => call.authorize("s3:GetObject", Resource::object(&**bucket, &**key)).await,
    }
}
