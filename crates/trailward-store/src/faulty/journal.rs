use super::FaultPlan;
use crate::{Journal, JournalEntry, Position, ReadLimit, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;

/// A [`Journal`] whose calls fail as planned. Asking for the start or the end is no call.
#[derive(Debug)]
pub struct FaultyJournal {
    inner: Arc<dyn Journal>,
    plan: FaultPlan,
}

impl FaultyJournal {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Journal>, plan: FaultPlan) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl Journal for FaultyJournal {
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError> {
        self.plan.run(self.inner.append(payload)).await
    }

    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        self.plan.run(self.inner.append_all(payloads)).await
    }

    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError> {
        self.plan.run(self.inner.read(from, limit)).await
    }

    fn start(&self) -> Position {
        self.inner.start()
    }

    fn end(&self) -> Position {
        self.inner.end()
    }

    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError> {
        self.plan.run(self.inner.wait_beyond(position)).await
    }

    async fn trim(&self, before: Position) -> Result<(), StoreError> {
        self.plan.run(self.inner.trim(before)).await
    }
}
