use super::page_size;
use super::walk::{Step, Walk};
use crate::record::{Checksum, Kind, NULL, StorageClass, Version, VersionId, key, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;
use trailward_store::stored::decode;

/// Which versions to list.
#[derive(Debug, Clone, Default)]
pub struct ListVersions {
    /// Only keys that start with this.
    pub prefix: Option<String>,
    /// Keys that continue with this after the prefix are shown together.
    pub delimiter: Option<String>,
    /// Only keys after this one, or, with a version marker, also its older versions.
    pub key_marker: Option<String>,
    /// Only versions of the key marker that are older than this one.
    pub version_id_marker: Option<String>,
    /// At most 1,000, which is also the default.
    pub max_keys: Option<u32>,
}

/// A version or a delete marker in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionEntry {
    /// Its key.
    pub key: String,
    /// `null`, or random.
    pub version_id: String,
    /// Whether it is the newest of its key.
    pub is_latest: bool,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// The account that owns it.
    pub owner: String,
    /// `None` for a delete marker.
    pub object: Option<VersionedObject>,
}

/// What an object version has more than a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedObject {
    /// Without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// How it is stored.
    pub storage_class: StorageClass,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// A page of versions.
#[derive(Debug, Clone, Default)]
pub struct VersionList {
    /// Versions and delete markers: by key, the newest first.
    pub entries: Vec<VersionEntry>,
    /// Common prefixes, in order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// The key marker for the next page.
    pub next_key_marker: Option<String>,
    /// The version marker for the next page; none after a common prefix.
    pub next_version_id_marker: Option<String>,
}

impl Buckets {
    /// `ListObjectVersions`. For `s3:ListBucketVersions`.
    pub async fn list_object_versions(
        &self,
        grant: &Grant,
        query: &ListVersions,
    ) -> Result<VersionList, BucketError> {
        let loaded = self.enter(grant, &["s3:ListBucketVersions"]).await?;
        let bucket = &loaded.bucket;
        let max = page_size(query.max_keys);
        let mut walk = Walk::new(
            &*self.catalog,
            key::VERSION,
            &bucket.id,
            query.prefix.as_deref(),
            query.delimiter.as_deref(),
        )
        .expecting(max + 1);
        let key_marker = query.key_marker.as_deref().filter(|marker| !marker.is_empty());
        // The key whose newest version is on an earlier page.
        let mut begun = None;
        match (key_marker, query.version_id_marker.as_deref().filter(|marker| !marker.is_empty())) {
            (None, None) => {}
            (Some(name), None) => walk.start_after(name),
            (Some(name), Some(id)) => {
                let sequence = match id {
                    NULL => self.head(bucket, name).await?.and_then(|(_, head)| head.null),
                    id => match self.sequence_of(bucket, name, id).await? {
                        Some(sequence) => Some(sequence),
                        // Deleted since the last page.
                        None => Some(VersionId::sequence(id).ok_or_else(|| invalid(id))?),
                    },
                };
                match sequence {
                    Some(sequence) => {
                        walk.start_after_row(key::version(&bucket.id, name, sequence).into_bytes());
                        begun = Some(name.to_owned());
                    }
                    None => walk.start_after(name),
                }
            }
            (None, Some(id)) => {
                return Err(BucketError::argument(
                    "version-id-marker",
                    id,
                    "A version-id marker cannot be specified without a key marker.",
                ));
            }
        }
        let mut page = VersionList::default();
        let mut last = (None, None);
        while let Some(step) = if max == 0 { None } else { walk.next().await? } {
            if page.entries.len() + page.common_prefixes.len() == max {
                page.is_truncated = true;
                (page.next_key_marker, page.next_version_id_marker) = last;
                break;
            }
            match step {
                Step::Row(name, item) => {
                    let is_latest = begun.as_ref() != Some(&name);
                    let mut entry = entry(name, is_latest, decode(&item.value)?);
                    if !bucket.has_acls() {
                        entry.owner.clone_from(&bucket.owner);
                    }
                    last = (Some(entry.key.clone()), Some(entry.version_id.clone()));
                    begun = Some(entry.key.clone());
                    page.entries.push(entry);
                }
                Step::Prefix(prefix) => {
                    last = (Some(prefix.clone()), None);
                    page.common_prefixes.push(prefix);
                }
            }
        }
        Ok(page)
    }
}

fn invalid(id: &str) -> BucketError {
    BucketError::argument("version-id-marker", id, "Invalid version id specified")
}

fn entry(key: String, is_latest: bool, version: Version) -> VersionEntry {
    let object = match version.kind {
        Kind::DeleteMarker => None,
        Kind::Object(object) => Some(VersionedObject {
            etag: object.etag,
            size: object.size,
            storage_class: object.class,
            checksum: object.checksum,
        }),
    };
    VersionEntry {
        key,
        version_id: version.id,
        is_latest,
        last_modified: time_of(version.modified),
        owner: version.owner,
        object,
    }
}
