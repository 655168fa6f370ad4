use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use trailward_store::BlobId;

/// Blobs that are being written or are not in the catalog yet. A sweep leaves them alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct PendingSet(Arc<Mutex<HashSet<BlobId>>>);

/// Keeps one blob in the set.
#[derive(Debug)]
pub(crate) struct Pending {
    id: BlobId,
    set: PendingSet,
}

impl PendingSet {
    pub(super) fn add(&self, id: BlobId) -> Pending {
        self.ids().insert(id.clone());
        Pending { id, set: self.clone() }
    }

    pub(super) fn contains(&self, id: &BlobId) -> bool {
        self.ids().contains(id)
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, HashSet<BlobId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.set.ids().remove(&self.id);
    }
}
