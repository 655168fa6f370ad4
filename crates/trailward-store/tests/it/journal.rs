//! The journal over many segments and restarts, and what it refuses to open.

use crate::journal_image::{self, master, segment_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit, StoreErrorKind};

const SEGMENT: u64 = 1536;
const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

fn open(dir: &Path) -> Result<FileJournal, trailward_store::StoreError> {
    FileJournal::open(dir, master(), FileJournalOptions::default().segment_bytes(SEGMENT))
}

async fn payloads(journal: &FileJournal) -> Vec<Bytes> {
    let start = journal.start();
    let entries = journal.read(start, ALL).await.unwrap();
    for (position, entry) in (start..).zip(&entries) {
        assert_eq!(entry.position, position);
    }
    entries.into_iter().map(|entry| entry.payload).collect()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "segment"))
        .collect();
    paths.sort();
    paths
}

async fn filled(dir: &Path, count: u64) {
    let journal = open(dir).unwrap();
    for number in 0..count {
        journal.append(Bytes::from(format!("{number:0100}"))).await.unwrap();
    }
}

#[tokio::test]
async fn the_format_on_disk_is_the_documented_one() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).unwrap();
    journal.append(Bytes::from("first")).await.unwrap();
    journal.append(Bytes::from("second")).await.unwrap();
    drop(journal);
    let bytes = std::fs::read(segment_path(dir.path(), 0)).unwrap();
    assert_eq!(bytes.len() as u64, SEGMENT);
    let (entries, _) = journal_image::read(&bytes);
    assert_eq!(entries, [(0, 0, b"first".to_vec()), (1, 1, b"second".to_vec())]);
}

#[tokio::test]
async fn the_root_of_every_closed_segment_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 40).await;
    let paths = segments(dir.path());
    assert!(paths.len() > 3);
    let expected: Vec<_> = paths
        .iter()
        .map(|path| {
            let (entries, root) = journal_image::read(&std::fs::read(path).unwrap());
            (entries[0].0, entries.last().unwrap().0 + 1, root)
        })
        .take(paths.len() - 1)
        .collect();
    let id = &std::fs::read(&paths[0]).unwrap()[32..48];
    let kept = || journal_image::roots(&std::fs::read(dir.path().join("roots")).unwrap(), id);
    assert_eq!(kept(), expected);
    // A segment's header names the root of the one before it.
    for (path, (_, _, root)) in paths.iter().skip(1).zip(&expected) {
        assert_eq!(std::fs::read(path).unwrap()[48..80], root[..]);
    }
    open(dir.path()).unwrap().trim(40).await.unwrap();
    assert_eq!(segments(dir.path()).len(), 1);
    assert_eq!(kept(), expected, "trimming keeps them");
    let report = FileJournal::verify(dir.path(), &master()).unwrap().unwrap();
    let reported: Vec<_> = report.roots.iter().map(|root| (root.first, root.end, root.root)).collect();
    assert_eq!(reported, expected);
}

#[tokio::test]
async fn positions_are_dense_across_segments_and_restarts() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..5u64 {
        let journal = open(dir.path()).unwrap();
        assert_eq!(journal.end(), round * 30);
        for number in 0..30 {
            let position = journal.append(Bytes::from(vec![1; 90])).await.unwrap();
            assert_eq!(position, round * 30 + number);
        }
    }
    assert!(segments(dir.path()).len() > 15);
    let journal = open(dir.path()).unwrap();
    assert_eq!(payloads(&journal).await.len(), 150);
    let leftover = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(
        leftover,
        segments(dir.path()).len() + 3,
        "segments, checkpoint, roots and the lock, nothing else"
    );
}

#[tokio::test]
async fn trimming_deletes_whole_old_segments() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 40).await;
    let journal = open(dir.path()).unwrap();
    let before = segments(dir.path()).len();
    journal.trim(20).await.unwrap();
    let start = journal.start();
    assert!((12..=20).contains(&start), "{start}");
    assert!(segments(dir.path()).len() < before);
    assert_eq!(journal.read(start - 1, ALL).await.unwrap_err().kind(), StoreErrorKind::NotFound);
    drop(journal);
    let journal = open(dir.path()).unwrap();
    assert_eq!((journal.start(), journal.end()), (start, 40));
    journal.trim(1_000).await.unwrap();
    assert_eq!(segments(dir.path()).len(), 1, "the last segment stays");
    assert_eq!(journal.append(Bytes::from("x")).await.unwrap(), 40);
}

#[tokio::test]
async fn readers_follow_a_writer() {
    let dir = tempfile::tempdir().unwrap();
    let journal = std::sync::Arc::new(open(dir.path()).unwrap());
    let reader = tokio::spawn({
        let journal = journal.clone();
        async move {
            let mut next = 0;
            while next < 500 {
                journal.wait_beyond(next).await.unwrap();
                for entry in journal.read(next, ReadLimit { entries: 7, bytes: 1000 }).await.unwrap() {
                    assert_eq!(entry.position, next);
                    assert_eq!(entry.payload, format!("entry {next}"));
                    next += 1;
                }
            }
        }
    });
    for number in 0..500 {
        journal.append(Bytes::from(format!("entry {number}"))).await.unwrap();
    }
    reader.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_appended_is_read_back(
        rounds in prop::collection::vec(prop::collection::vec(1usize..1500, 0..12), 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let mut expected = Vec::new();
            for sizes in rounds {
                let journal = open(dir.path()).unwrap();
                let batch: Vec<_> = sizes.iter().map(|size| Bytes::from(vec![expected.len().to_le_bytes()[0]; *size])).collect();
                let appended = futures::future::join_all(batch.iter().map(|payload| journal.append(payload.clone()))).await;
                // All of them were queued in order by one thread, so that is their order.
                for (position, payload) in appended.into_iter().zip(batch) {
                    assert_eq!(position.unwrap(), expected.len() as u64);
                    expected.push(payload);
                }
                assert_eq!(payloads(&journal).await, expected);
            }
            let journal = open(dir.path()).unwrap();
            assert_eq!(payloads(&journal).await, expected);
        });
    }
}
