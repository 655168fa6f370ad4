//! What a crash leaves over: blobs that nothing names.

use crate::record::key;
use crate::{BucketError, Buckets};
use trailward_store::BlobId;

const PAGE: usize = 500;

impl Buckets {
    /// Removes what an interrupted process left behind, and says how many blobs that was. Meant for the start of
    /// the only process that writes; uploads under way in this one are not harmed.
    pub async fn sweep(&self) -> Result<u64, BucketError> {
        let mut removed = 0;
        let mut after: Option<BlobId> = None;
        loop {
            let page = self.blobs.list(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = Some(last.clone());
            for id in page {
                // In this order: a blob leaves the pending ones only after the catalog names it.
                let is_pending = self.pending.contains(&id);
                if !is_pending && self.catalog.get(key::blob(&id).as_bytes()).await?.is_none() {
                    self.blobs.delete(&id).await?;
                    removed += 1;
                }
            }
        }
    }
}
