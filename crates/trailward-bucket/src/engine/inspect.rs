//! Which blobs the catalog names: for checking a store that nobody has open.

use crate::record::{Content, Kind, Part, Version, key};
use trailward_store::keys::{Key, KeyReader};
use trailward_store::stored::decode;
use trailward_store::{BlobId, Catalog, Item, Scan, StoreError};

/// Rows that are read at a time.
const PAGE: usize = 1000;

/// A row of the catalog that is about a blob.
#[derive(Debug)]
pub struct BlobRow {
    /// What the row is, for whoever reads a report.
    pub row: String,
    /// The blob and how many bytes of it the row counts on; `None` if the row needs no blob. The error if the row cannot
    /// be read.
    pub blob: Result<Option<(BlobId, u64)>, StoreError>,
}

/// Reads, page by page, which blobs the versions and parts of all buckets name. `after` is where the last page ended;
/// `None` as the second value ends it. Changes nothing.
pub async fn blob_rows(
    catalog: &dyn Catalog,
    after: Option<Vec<u8>>,
) -> Result<(Vec<BlobRow>, Option<Vec<u8>>), StoreError> {
    let spaces = [key::PART, key::VERSION].map(|space| Key::new(space).into_bytes());
    for prefix in spaces {
        // Spaces are read in order of their keys; those before the last page's end are done.
        if after.as_ref().is_some_and(|after| *after > prefix && !after.starts_with(&prefix)) {
            continue;
        }
        let within = after.clone().filter(|after| after.starts_with(&prefix));
        let page = catalog.scan(Scan { prefix, after: within, limit: PAGE }).await?;
        if let Some(last) = page.last() {
            let end = last.key.clone();
            return Ok((page.iter().map(row).collect(), Some(end)));
        }
    }
    Ok((Vec::new(), None))
}

/// Whether the catalog marks the blob as one that is named: what is not, the next start removes.
pub async fn is_marked(catalog: &dyn Catalog, id: &BlobId) -> Result<bool, StoreError> {
    Ok(catalog.get(key::blob(id).as_bytes()).await?.is_some())
}

/// How many blobs the catalog marks as named.
pub async fn marked(catalog: &dyn Catalog) -> Result<u64, StoreError> {
    let (prefix, mut after, mut count) = (Key::new(key::BLOB).into_bytes(), None, 0);
    loop {
        let page = catalog.scan(Scan { prefix: prefix.clone(), after, limit: PAGE }).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.key.clone());
        count += page.len() as u64;
    }
}

fn row(item: &Item) -> BlobRow {
    match version(item) {
        Ok(row) => row,
        Err(_) => part(item),
    }
}

fn version(item: &Item) -> Result<BlobRow, StoreError> {
    let mut reader = KeyReader::new(&item.key, key::VERSION)?;
    let (bucket, name, sequence) = (reader.str()?, reader.str()?, reader.u64_desc()?);
    let blob = decode::<Version>(&item.value).map(|version| match version.kind {
        Kind::Object(object) => match object.content {
            Content::Blob(id) => Some((id, object.size)),
            Content::Empty | Content::Parts { .. } => None,
        },
        Kind::DeleteMarker => None,
    });
    Ok(BlobRow { row: format!("version {sequence} of {name:?} in bucket {bucket}"), blob })
}

fn part(item: &Item) -> BlobRow {
    let place = || -> Result<(String, u64), StoreError> {
        let mut reader = KeyReader::new(&item.key, key::PART)?;
        Ok((reader.str()?, reader.u64()?))
    };
    match place() {
        Ok((upload, number)) => BlobRow {
            row: format!("part {number} of upload {upload}"),
            blob: decode::<Part>(&item.value).map(|part| part.blob.map(|id| (id, part.size))),
        },
        Err(error) => BlobRow { row: format!("key {}", hex::encode(&item.key)), blob: Err(error) },
    }
}
