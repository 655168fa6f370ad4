use super::FaultPlan;
use crate::{Batch, Catalog, Entry, Item, Revision, Scan, StoreError};
use async_trait::async_trait;
use std::sync::Arc;

/// A [`Catalog`] whose calls fail as planned.
#[derive(Debug)]
pub struct FaultyCatalog {
    inner: Arc<dyn Catalog>,
    plan: FaultPlan,
}

impl FaultyCatalog {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Catalog>, plan: FaultPlan) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl Catalog for FaultyCatalog {
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.plan.run(self.inner.get(key)).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError> {
        self.plan.run(self.inner.scan(scan)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError> {
        self.plan.run(self.inner.commit(batch)).await
    }
}
