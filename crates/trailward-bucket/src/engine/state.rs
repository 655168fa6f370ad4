//! What there is of a key.

use crate::record::{self, Bucket, Head, Kind, NULL, Object, StoredSequence, Version, VersionId, key};
use crate::{BucketError, Buckets};
use trailward_store::Revision;
use trailward_store::stored::decode;

/// A key as a writer finds it: everything its decision rests on.
#[derive(Debug)]
pub(crate) struct KeyState {
    /// With the revision that the commit must find again.
    pub(crate) head: Option<(Revision, Head)>,
    /// The newest version, unless it is a delete marker.
    pub(crate) current: Option<(Version, Object)>,
}

impl KeyState {
    pub(crate) fn etag(&self) -> Option<&str> {
        self.current.as_ref().map(|(_, object)| object.etag.as_str())
    }
}

impl Buckets {
    pub(crate) async fn head(
        &self,
        bucket: &Bucket,
        name: &str,
    ) -> Result<Option<(Revision, Head)>, BucketError> {
        match self.catalog.get(key::head(&bucket.id, name).as_bytes()).await? {
            Some(entry) => Ok(Some((entry.revision, decode(&entry.value)?))),
            None => Ok(None),
        }
    }

    /// The version at `sequence`.
    pub(crate) async fn version(
        &self,
        bucket: &Bucket,
        name: &str,
        sequence: u64,
    ) -> Result<Option<(Revision, Version)>, BucketError> {
        match self.catalog.get(key::version(&bucket.id, name, sequence).as_bytes()).await? {
            Some(entry) => Ok(Some((entry.revision, decode(&entry.value)?))),
            None => Ok(None),
        }
    }

    pub(crate) async fn key_state(&self, bucket: &Bucket, name: &str) -> Result<KeyState, BucketError> {
        let head = self.head(bucket, name).await?;
        let mut current = None;
        if let Some((_, head)) = head
            && !head.deleted
            && let Some((_, version)) = self.version(bucket, name, head.latest).await?
            && let Kind::Object(object) = version.kind.clone()
        {
            current = Some((version, *object));
        }
        Ok(KeyState { head, current })
    }

    /// Where the version `id` is.
    pub(crate) async fn sequence_of(
        &self,
        bucket: &Bucket,
        name: &str,
        id: &str,
    ) -> Result<Option<u64>, BucketError> {
        if id == NULL {
            return Ok(self.head(bucket, name).await?.and_then(|(_, head)| head.null));
        }
        let sequence = VersionId::sequence(id).ok_or_else(|| invalid_version(id))?;
        let found = self.version(bucket, name, sequence).await?;
        if found.is_some_and(|(_, version)| version.id == id) {
            return Ok(Some(sequence));
        }
        // A replica's id tells its place in another bucket.
        let replica = self.catalog.get(key::replica(&bucket.id, name, id).as_bytes()).await?;
        replica.map(|entry| Ok(decode::<StoredSequence>(&entry.value)?.0)).transpose()
    }

    /// The newest version, or the one named.
    pub(crate) async fn find(
        &self,
        bucket: &Bucket,
        name: &str,
        id: Option<&str>,
    ) -> Result<Option<Version>, BucketError> {
        let sequence = match id {
            None => self.head(bucket, name).await?.map(|(_, head)| head.latest),
            Some(id) => self.sequence_of(bucket, name, id).await?,
        };
        match sequence {
            Some(sequence) => Ok(self.version(bucket, name, sequence).await?.map(|(_, version)| version)),
            None => Ok(None),
        }
    }
}

fn invalid_version(id: &str) -> BucketError {
    BucketError::argument("versionId", id, "Invalid version id specified")
}

/// Whether the bucket tells its callers version ids at all.
pub(crate) fn shows_versions(bucket: &Bucket) -> bool {
    bucket.versioning != record::Versioning::Off
}
