//! What needs a look inside: failing syncs, and what a poisoned journal still does.

use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Syncs well `good` times, then fails once, then would work again.
fn failing_after(good: u64) -> FileJournalOptions {
    let calls = AtomicU64::new(0);
    FileJournalOptions::default().segment_bytes(4096).sync_with(move |file| {
        if calls.fetch_add(1, Ordering::SeqCst) == good {
            return Err(io::Error::other("the disk is gone"));
        }
        file.sync_data()
    })
}

fn master() -> MasterKey {
    MasterKey::from_bytes([1; 32])
}

const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

#[tokio::test]
async fn a_failed_sync_poisons_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    // One sync is spent on the first segment's header.
    let journal = FileJournal::open(dir.path(), master(), failing_after(3)).unwrap();
    assert_eq!(journal.append(Bytes::from("a")).await.unwrap(), 0);
    assert_eq!(journal.append(Bytes::from("b")).await.unwrap(), 1);
    for _ in 0..3 {
        let error = journal.append(Bytes::from("c")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Poisoned, "{error}");
    }
    assert_eq!(journal.end(), 2);
    assert_eq!(journal.read(0, ALL).await.unwrap().len(), 2, "what is durable can still be read");
    assert_eq!(journal.wait_beyond(2).await.unwrap_err().kind(), StoreErrorKind::Poisoned);
    journal.wait_beyond(1).await.unwrap();
    drop(journal);

    let journal =
        FileJournal::open(dir.path(), master(), FileJournalOptions::default().segment_bytes(4096)).unwrap();
    let payloads: Vec<_> =
        journal.read(0, ALL).await.unwrap().into_iter().map(|entry| entry.payload).collect();
    assert!(payloads.starts_with(&[Bytes::from("a"), Bytes::from("b")]), "what was acknowledged is there");
}

#[tokio::test]
async fn a_failed_sync_of_a_new_segment_poisons_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(dir.path(), master(), failing_after(2)).unwrap();
    journal.append(Bytes::from(vec![1; 3000])).await.unwrap();
    let error = journal.append(Bytes::from(vec![2; 3000])).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Poisoned, "{error}");
    drop(journal);
    let journal =
        FileJournal::open(dir.path(), master(), FileJournalOptions::default().segment_bytes(4096)).unwrap();
    assert_eq!(journal.end(), 1);
}

#[tokio::test]
async fn batches_form_while_a_sync_is_under_way() {
    let dir = tempfile::tempdir().unwrap();
    let syncs = Arc::new(AtomicU64::new(0));
    let counted = syncs.clone();
    let options = FileJournalOptions::default().segment_bytes(1 << 20).sync_with(move |file| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(5));
        file.sync_data()
    });
    let journal = FileJournal::open(dir.path(), master(), options).unwrap();
    let appends = (0..500).map(|_| journal.append(Bytes::from("entry")));
    futures::future::try_join_all(appends).await.unwrap();
    assert!(syncs.load(Ordering::SeqCst) < 50, "{syncs:?}");
}
