use crate::list::{Step, Walk, page_size, upload_key};
use crate::record::{Algorithm, ChecksumKind, StorageClass, Upload, UploadId, key, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;
use trailward_store::stored::decode;

/// Which uploads to list.
#[derive(Debug, Clone, Default)]
pub struct ListUploads {
    /// Only keys that start with this.
    pub prefix: Option<String>,
    /// Keys that continue with this after the prefix are shown together.
    pub delimiter: Option<String>,
    /// Only keys after this one, or, with an upload marker, also its later uploads.
    pub key_marker: Option<String>,
    /// Only uploads of the key marker that were begun after this one.
    pub upload_id_marker: Option<String>,
    /// At most 1,000, which is also the default.
    pub max_uploads: Option<u32>,
}

/// A page of uploads under way.
#[derive(Debug, Clone, Default)]
pub struct UploadList {
    /// The account that owns the bucket.
    pub owner: String,
    /// Uploads: by key, then by when they were begun.
    pub uploads: Vec<UploadEntry>,
    /// Common prefixes, in order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// The key marker for the next page.
    pub next_key_marker: Option<String>,
    /// The upload marker for the next page; none after a common prefix.
    pub next_upload_id_marker: Option<String>,
}

/// An upload in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadEntry {
    /// The object's key.
    pub key: String,
    /// Names it.
    pub upload_id: String,
    /// When it was begun.
    pub initiated: OffsetDateTime,
    /// ARN of who began it.
    pub initiator: String,
    /// How the object will be stored.
    pub storage_class: StorageClass,
    /// The checksum the upload asked for.
    pub checksum: Option<(Algorithm, ChecksumKind)>,
}

impl Buckets {
    /// `ListMultipartUploads`. For `s3:ListBucketMultipartUploads`.
    pub async fn list_multipart_uploads(
        &self,
        grant: &Grant,
        query: &ListUploads,
    ) -> Result<UploadList, BucketError> {
        let loaded = self.enter(grant, &["s3:ListBucketMultipartUploads"]).await?;
        let bucket = &loaded.bucket;
        let mut walk = Walk::new(
            &*self.catalog,
            key::UPLOAD,
            &bucket.id,
            query.prefix.as_deref(),
            query.delimiter.as_deref(),
        );
        let upload_marker = query.upload_id_marker.as_deref().filter(|marker| !marker.is_empty());
        if let Some(name) = query.key_marker.as_deref().filter(|marker| !marker.is_empty()) {
            match upload_marker.and_then(|id| Some((id, UploadId::initiated(id)?))) {
                Some((id, initiated)) => {
                    walk.start_after_row(key::upload(&bucket.id, name, initiated, id).into_bytes());
                }
                None => walk.start_after(name),
            }
        }
        let max = page_size(query.max_uploads);
        let mut page = UploadList { owner: bucket.owner.clone(), ..UploadList::default() };
        let mut last = (None, None);
        while let Some(step) = if max == 0 { None } else { walk.next().await? } {
            if page.uploads.len() + page.common_prefixes.len() == max {
                page.is_truncated = true;
                (page.next_key_marker, page.next_upload_id_marker) = last;
                break;
            }
            match step {
                Step::Row(_, item) => {
                    let entry = entry(&item.key, decode(&item.value)?)?;
                    last = (Some(entry.key.clone()), Some(entry.upload_id.clone()));
                    page.uploads.push(entry);
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

fn entry(row: &[u8], upload: Upload) -> Result<UploadEntry, BucketError> {
    let (key, initiated, upload_id) = upload_key(row)?;
    Ok(UploadEntry {
        key,
        upload_id,
        initiated: time_of(i64::try_from(initiated / 1_000_000_000).unwrap_or(i64::MAX)),
        initiator: upload.initiator,
        storage_class: upload.class,
        checksum: upload.checksum,
    })
}
