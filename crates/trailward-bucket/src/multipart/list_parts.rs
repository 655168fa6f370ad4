use super::part::part_checksum;
use crate::list::page_size;
use crate::record::{Algorithm, Checksum, ChecksumKind, StorageClass, key, time_of};
use crate::{BucketError, Buckets, Grant};
use time::OffsetDateTime;
use trailward_store::Scan;
use trailward_store::stored::decode;

/// Which parts to list.
#[derive(Debug, Clone, Default)]
pub struct ListParts {
    /// Only parts with a greater number.
    pub part_number_marker: Option<u32>,
    /// At most 1,000, which is also the default.
    pub max_parts: Option<u32>,
}

/// A page of an upload's parts.
#[derive(Debug, Clone)]
pub struct PartList {
    /// The parts, by number.
    pub parts: Vec<PartEntry>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// The marker for the next page.
    pub next_part_number_marker: Option<u32>,
    /// ARN of who began the upload.
    pub initiator: String,
    /// The account that will own the object.
    pub owner: String,
    /// How the object will be stored.
    pub storage_class: StorageClass,
    /// The checksum the upload asked for.
    pub checksum: Option<(Algorithm, ChecksumKind)>,
}

/// A part in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartEntry {
    /// Its number.
    pub number: u32,
    /// Without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub last_modified: OffsetDateTime,
    /// Its checksum, if the upload asked for one.
    pub checksum: Option<Checksum>,
}

impl Buckets {
    /// `ListParts`. For `s3:ListMultipartUploadParts`.
    pub async fn list_parts(
        &self,
        grant: &Grant,
        upload_id: &str,
        list: &ListParts,
    ) -> Result<PartList, BucketError> {
        let loaded = self.enter(grant, &["s3:ListMultipartUploadParts"]).await?;
        let (_, upload) = self.upload(&loaded.bucket, grant.key()?, upload_id).await?;
        let max = page_size(list.max_parts);
        let scan = Scan {
            prefix: key::parts(upload_id).into_bytes(),
            after: list.part_number_marker.map(|marker| key::part(upload_id, marker).into_bytes()),
            limit: if max == 0 { 0 } else { max + 1 },
        };
        let items = self.catalog.scan(scan).await?;
        let is_truncated = items.len() > max;
        let mut parts = Vec::with_capacity(max);
        for item in items.into_iter().take(max) {
            let part: crate::record::Part = decode(&item.value)?;
            parts.push(PartEntry {
                number: crate::list::part_number(&item.key)?,
                etag: part.etag,
                size: part.size,
                last_modified: time_of(part.modified),
                checksum: part_checksum(part.checksum.filter(|_| upload.checksum.is_some())),
            });
        }
        Ok(PartList {
            next_part_number_marker: parts.last().filter(|_| is_truncated).map(|part| part.number),
            parts,
            is_truncated,
            initiator: upload.initiator,
            owner: loaded.bucket.owner.clone(),
            storage_class: upload.class,
            checksum: upload.checksum,
        })
    }
}
