use super::lock;
use crate::blobs::{misread, no_blob};
use crate::{BlobId, BlobKey, BlobStream, BlobWriter, Blobs, StoreError};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use futures::stream;
use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex};

const PIECE: usize = 64 << 10;

/// [`Blobs`] in memory, not encrypted.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    blobs: Arc<Mutex<BTreeMap<BlobId, Kept>>>,
}

/// A blob's bytes, and the key that they can be read with.
type Kept = (Bytes, Option<BlobKey>);

impl MemoryBlobs {
    /// No blobs.
    pub fn new() -> Self {
        Self::default()
    }
}

struct Writer {
    blobs: Arc<Mutex<BTreeMap<BlobId, Kept>>>,
    key: Option<BlobKey>,
    id: BlobId,
    bytes: BytesMut,
}

#[async_trait]
impl BlobWriter for Writer {
    fn id(&self) -> &BlobId {
        &self.id
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<BlobId, StoreError> {
        lock(&self.blobs).insert(self.id.clone(), (self.bytes.freeze(), self.key));
        Ok(self.id)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn create(&self, key: Option<&BlobKey>) -> Result<Box<dyn BlobWriter>, StoreError> {
        let writer = Writer {
            blobs: self.blobs.clone(),
            key: key.cloned(),
            id: BlobId::random()?,
            bytes: BytesMut::new(),
        };
        Ok(Box::new(writer))
    }

    async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
        key: Option<&BlobKey>,
    ) -> Result<BlobStream, StoreError> {
        let (bytes, made_with) = lock(&self.blobs).get(id).cloned().ok_or_else(|| no_blob(id))?;
        if made_with.as_ref() != key {
            return Err(misread(id));
        }
        let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        let start = clamp(range.start);
        let mut rest = bytes.slice(start..clamp(range.end).max(start));
        let pieces = std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(Ok(piece))
        });
        Ok(stream::iter(pieces).boxed())
    }

    async fn delete(&self, id: &BlobId) -> Result<(), StoreError> {
        lock(&self.blobs).remove(id);
        Ok(())
    }

    async fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let blobs = lock(&self.blobs);
        Ok(blobs.range((from, Bound::Unbounded)).take(limit).map(|(id, _)| id.clone()).collect())
    }
}
