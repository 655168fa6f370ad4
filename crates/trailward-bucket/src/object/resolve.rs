use crate::record::{Bucket, Kind, Object, Version};
use crate::{BucketError, Buckets, Grant};

impl Buckets {
    /// The version a grant is for, which may be a delete marker only if it was named. A caller who may not list the
    /// bucket learns nothing about what is missing in it.
    pub(crate) async fn resolve(
        &self,
        bucket: &Bucket,
        grant: &Grant,
        method: &'static str,
    ) -> Result<Version, BucketError> {
        let key = grant.key()?;
        let missing = |error: BucketError| {
            if grant.may_list() || matches!(method, "PUT" | "POST") {
                error
            } else {
                BucketError::AccessDenied("Access Denied".to_owned())
            }
        };
        let named = grant.version();
        match (self.find(bucket, key, named).await?, named) {
            (Some(Version { id, kind: Kind::DeleteMarker, .. }), None) => {
                Err(missing(BucketError::NoSuchKey { key: key.to_owned(), marker: Some(id) }))
            }
            (Some(version), _) => Ok(version),
            (None, Some(id)) => {
                Err(missing(BucketError::NoSuchVersion { key: key.to_owned(), version: id.to_owned() }))
            }
            (None, None) => Err(missing(BucketError::NoSuchKey { key: key.to_owned(), marker: None })),
        }
    }

    /// The same, of objects only.
    pub(crate) async fn resolve_object(
        &self,
        bucket: &Bucket,
        grant: &Grant,
        method: &'static str,
    ) -> Result<(Version, Object), BucketError> {
        let version = self.resolve(bucket, grant, method).await?;
        match version.kind.clone() {
            Kind::Object(object) => Ok((version, *object)),
            Kind::DeleteMarker => Err(BucketError::MethodNotAllowed { method, version: version.id }),
        }
    }
}
