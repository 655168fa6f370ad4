//! Every implementation passes its trait's suite.

use std::sync::Arc;
use trailward_store::faulty::{FaultPlan, FaultyBlobs, FaultyCatalog, FaultyJournal};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog, MemoryJournal};
use trailward_store::seal::MasterKey;
use trailward_store::{FileBlobs, FileJournal, FileJournalOptions, SqliteCatalog, conformance};

#[tokio::test]
async fn memory_journal() {
    conformance::journal(&MemoryJournal::new()).await.unwrap();
}

#[tokio::test]
async fn file_journal() {
    for segment_bytes in [64 << 20, 1 << 20, 4096, 0] {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let master = MasterKey::from_bytes([1; 32]);
            let options = FileJournalOptions::default().segment_bytes(segment_bytes);
            FileJournal::open(dir.path(), master, options).unwrap()
        };
        let journal = open();
        conformance::journal(&journal).await.unwrap();
        let end = trailward_store::Journal::end(&journal);
        drop(journal);
        let journal = open();
        assert_eq!(trailward_store::Journal::end(&journal), end);
        conformance::journal(&journal).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_journal_on_many_threads() {
    let dir = tempfile::tempdir().unwrap();
    let options = FileJournalOptions::default().segment_bytes(8192);
    let journal = FileJournal::open(dir.path(), MasterKey::random().unwrap(), options).unwrap();
    conformance::journal(&journal).await.unwrap();
}

#[tokio::test]
async fn faulty_journal() {
    let journal = FaultyJournal::new(Arc::new(MemoryJournal::new()), FaultPlan::none());
    conformance::journal(&journal).await.unwrap();
}

#[tokio::test]
async fn memory_catalog() {
    conformance::catalog(&MemoryCatalog::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_catalog() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = SqliteCatalog::open(&dir.path().join("catalog.sqlite")).unwrap();
    conformance::catalog(&catalog).await.unwrap();
}

#[tokio::test]
async fn faulty_catalog() {
    let catalog = FaultyCatalog::new(Arc::new(MemoryCatalog::new()), FaultPlan::none());
    conformance::catalog(&catalog).await.unwrap();
}

#[tokio::test]
async fn memory_blobs() {
    conformance::blobs(&MemoryBlobs::new()).await.unwrap();
}

#[tokio::test]
async fn file_blobs() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(dir.path(), MasterKey::random().unwrap()).unwrap();
    conformance::blobs(&blobs).await.unwrap();
}

#[tokio::test]
async fn faulty_blobs() {
    let blobs = FaultyBlobs::new(Arc::new(MemoryBlobs::new()), FaultPlan::none());
    conformance::blobs(&blobs).await.unwrap();
}
