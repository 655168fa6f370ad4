//! Blobs: the bytes of objects, written once, encrypted at rest.

use crate::seal::KEY_LEN;
use crate::{StoreError, StoreErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use std::ops::Range;

/// Names a blob: 32 lower-case hexadecimal digits, chosen at random by the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct BlobId(pub String);

impl BlobId {
    /// A new id from the system's random numbers.
    pub(crate) fn random() -> Result<Self, StoreError> {
        let mut bytes = [0u8; 16];
        crate::seal::fill_random(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// Its 16 bytes; `None` if this is not an id a store ever chose.
    pub(crate) fn bytes(&self) -> Option<[u8; 16]> {
        let bytes: [u8; 16] = hex::decode(&self.0).ok()?.try_into().ok()?;
        // Upper case would be a second name for the same blob.
        (hex::encode(bytes) == self.0).then_some(bytes)
    }
}

/// `NotFound` for `id`.
pub(crate) fn no_blob(id: &BlobId) -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, format!("there is no blob {}", id.0))
}

/// `Corrupt` for `id`: it was made with another key, or with none.
pub(crate) fn misread(id: &BlobId) -> StoreError {
    StoreError::corrupt(format!("blob {} cannot be read with the key given", id.0))
}

/// A key that a blob is encrypted under beside the store's own: without it, nobody who has all of the store's files
/// and its master key can read the blob. Never printed; overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobKey([u8; KEY_LEN]);

impl BlobKey {
    /// A key of the given bytes.
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// A fresh key from the system's random numbers.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; KEY_LEN];
        crate::seal::fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Its bytes, for whoever wraps it.
    pub fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl Drop for BlobKey {
    fn drop(&mut self) {
        self.0.fill(0);
        // Keeps the compiler from dropping a store that nobody reads.
        std::hint::black_box(&self.0);
    }
}

impl std::fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlobKey(..)")
    }
}

/// The bytes of a blob, in order, in pieces of at most 64 KiB.
pub type BlobStream = BoxStream<'static, Result<Bytes, StoreError>>;

/// Writes one blob. Dropping it without [`BlobWriter::finish`] leaves nothing behind.
#[async_trait]
pub trait BlobWriter: Send {
    /// The id that [`BlobWriter::finish`] will return, so that a sweep can be told to leave it alone.
    fn id(&self) -> &BlobId;

    /// Appends bytes (any size).
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// When this returns `Ok`, the blob is complete and on stable storage under the id returned.
    async fn finish(self: Box<Self>) -> Result<BlobId, StoreError>;
}

/// A set of immutable byte strings.
#[async_trait]
pub trait Blobs: Send + Sync + std::fmt::Debug {
    /// Starts a new blob. With a `key`, it can be read with that key only; the store does not keep it.
    async fn create(&self, key: Option<&BlobKey>) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// Reads `range` (in plaintext bytes; clamped to the blob's length). `NotFound` if there is no such blob;
    /// `Corrupt`, here or in the stream, if any byte was changed on disk, or if `key` is not the one it was made with.
    async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
        key: Option<&BlobKey>,
    ) -> Result<BlobStream, StoreError>;

    /// Removes a blob; no error if it is not there.
    async fn delete(&self, id: &BlobId) -> Result<(), StoreError>;

    /// Ids after `after` in order, at most `limit`: for finding blobs that nothing names.
    async fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<BlobId>, StoreError>;
}
