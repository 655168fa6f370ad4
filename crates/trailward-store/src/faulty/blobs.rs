use super::FaultPlan;
use crate::{BlobId, BlobKey, BlobStream, BlobWriter, Blobs, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use std::sync::Arc;

/// [`Blobs`] whose calls fail as planned, each [`BlobWriter::write`] and [`BlobWriter::finish`] included.
#[derive(Debug)]
pub struct FaultyBlobs {
    inner: Arc<dyn Blobs>,
    plan: FaultPlan,
}

impl FaultyBlobs {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Blobs>, plan: FaultPlan) -> Self {
        Self { inner, plan }
    }
}

struct FaultyWriter {
    inner: Box<dyn BlobWriter>,
    plan: FaultPlan,
}

#[async_trait]
impl BlobWriter for FaultyWriter {
    fn id(&self) -> &BlobId {
        self.inner.id()
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.plan.run(self.inner.write(bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<BlobId, StoreError> {
        self.plan.run(self.inner.finish()).await
    }
}

#[async_trait]
impl Blobs for FaultyBlobs {
    async fn create(&self, key: Option<&BlobKey>) -> Result<Box<dyn BlobWriter>, StoreError> {
        let inner = self.plan.run(self.inner.create(key)).await?;
        Ok(Box::new(FaultyWriter { inner, plan: self.plan.clone() }))
    }

    async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
        key: Option<&BlobKey>,
    ) -> Result<BlobStream, StoreError> {
        self.plan.run(self.inner.read(id, range, key)).await
    }

    async fn delete(&self, id: &BlobId) -> Result<(), StoreError> {
        self.plan.run(self.inner.delete(id)).await
    }

    async fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        self.plan.run(self.inner.list(after, limit)).await
    }
}
