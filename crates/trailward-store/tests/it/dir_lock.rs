use trailward_store::seal::MasterKey;
use trailward_store::{DirLock, FileJournal, FileJournalOptions, StoreErrorKind};

#[test]
fn a_directory_has_one_holder() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new/data");
    let lock = DirLock::acquire(&data).unwrap();
    let error = DirLock::acquire(&data).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("in use by another process"), "{error}");
    drop(lock);
    DirLock::acquire(&data).unwrap();
}

#[tokio::test]
async fn a_journal_cannot_be_opened_twice() {
    let dir = tempfile::tempdir().unwrap();
    let options = FileJournalOptions::default().segment_bytes(4096);
    let journal = FileJournal::open(dir.path(), MasterKey::from_bytes([1; 32]), options.clone()).unwrap();
    let error = FileJournal::open(dir.path(), MasterKey::from_bytes([1; 32]), options.clone()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    drop(journal);
    FileJournal::open(dir.path(), MasterKey::from_bytes([1; 32]), options).unwrap();
}
