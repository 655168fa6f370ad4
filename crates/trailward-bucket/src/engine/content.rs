//! Bytes on their way out.

use super::Body;
use super::commit::PART_PAGE;
use crate::record::{Content, Part, key};
use crate::{BucketError, Buckets};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use trailward_store::stored::decode;
use trailward_store::{BlobId, BlobKey, Blobs, Scan, StoreError, StoreErrorKind};

impl Buckets {
    /// The bytes of `range`, which lies within the object; `sealed_under` is the key beside the store's own. Errors of the first blob show at once, those of later
    /// ones in the stream.
    pub(crate) async fn open(
        &self,
        content: &Content,
        range: Range<u64>,
        sealed_under: Option<BlobKey>,
    ) -> Result<Body, BucketError> {
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let mut pieces = match content {
            Content::Empty => VecDeque::new(),
            Content::Blob(id) => VecDeque::from([(id.clone(), range)]),
            Content::Parts { upload, .. } => self.pieces(upload, range).await?,
        };
        let Some((id, range)) = pieces.pop_front() else {
            return Ok(stream::empty().boxed());
        };
        let first = self.blobs.read(&id, range, sealed_under.as_ref()).await?;
        let rest = stream::try_unfold((self.blobs.clone(), sealed_under, pieces), next_piece).try_flatten();
        Ok(first.chain(rest).map_err(BucketError::from).boxed())
    }

    /// The blobs of a range of an object in parts.
    async fn pieces(
        &self,
        upload: &str,
        range: Range<u64>,
    ) -> Result<VecDeque<(BlobId, Range<u64>)>, BucketError> {
        let mut pieces = VecDeque::new();
        let (mut start, mut after) = (0, None);
        while start < range.end {
            let prefix = key::parts(upload).into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: PART_PAGE }).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for item in page {
                let part: Part = decode(&item.value)?;
                let end = start + part.size;
                let (from, to) = (range.start.max(start), range.end.min(end));
                if let Some(blob) = part.blob
                    && from < to
                {
                    pieces.push_back((blob, from - start..to - start));
                }
                start = end;
            }
        }
        if start < range.end {
            // Deleted while it was being opened.
            return Err(StoreError::new(StoreErrorKind::NotFound, "an object's parts are gone").into());
        }
        Ok(pieces)
    }
}

type Pieces = (Arc<dyn Blobs>, Option<BlobKey>, VecDeque<(BlobId, Range<u64>)>);

async fn next_piece(
    (blobs, sealed_under, mut pieces): Pieces,
) -> Result<Option<(trailward_store::BlobStream, Pieces)>, trailward_store::StoreError> {
    let Some((id, range)) = pieces.pop_front() else {
        return Ok(None);
    };
    let stream = blobs.read(&id, range, sealed_under.as_ref()).await?;
    Ok(Some((stream, (blobs, sealed_under, pieces))))
}
