use bytes::Bytes;
use std::sync::Arc;
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog};
use trailward_store::{Batch, Blobs, Catalog, StoreErrorKind};

#[tokio::test]
async fn the_chosen_commit_fails_before_or_after_it_happened() {
    for (mode, happened) in [(FaultMode::Before, false), (FaultMode::After, true)] {
        let inner = Arc::new(MemoryCatalog::new());
        let plan = FaultPlan::fail_call(2, mode);
        let catalog = FaultyCatalog::new(inner.clone(), plan.clone());
        catalog.commit(Batch::new().put("a", "1")).await.unwrap();
        let error = catalog.commit(Batch::new().put("b", "1")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        catalog.commit(Batch::new().put("c", "1")).await.unwrap();
        assert_eq!(inner.get(b"b").await.unwrap().is_some(), happened);
        assert_eq!(plan.calls(), 3);
    }
}

#[tokio::test]
async fn every_step_of_a_blob_counts() {
    for number in 1..=3 {
        let blobs =
            FaultyBlobs::new(Arc::new(MemoryBlobs::new()), FaultPlan::fail_call(number, FaultMode::Before));
        let result = async {
            let mut writer = blobs.create(None).await?;
            writer.write(Bytes::from("x")).await?;
            writer.finish().await
        };
        assert!(result.await.is_err());
        assert!(blobs.list(None, 10).await.unwrap().is_empty());
    }
}
