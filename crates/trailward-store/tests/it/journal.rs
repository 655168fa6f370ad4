//! The journal over many segments and restarts, and what it refuses to open.

use crate::journal_image::{ENTRY_HEADER, SEGMENT_HEADER, header, segment_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit, StoreErrorKind};

const SEGMENT: u64 = 1024;
const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

fn open(dir: &Path) -> Result<FileJournal, trailward_store::StoreError> {
    FileJournal::open(dir, FileJournalOptions::default().segment_bytes(SEGMENT))
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
    let salt = u32::from_le_bytes(bytes[12..16].try_into().unwrap());
    let batches = [vec![b"first".to_vec()], vec![b"second".to_vec()]];
    let size = usize::try_from(SEGMENT).unwrap();
    assert_eq!(bytes, crate::journal_image::segment(size, salt, 0, &batches));
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
    assert_eq!(leftover, segments(dir.path()).len() + 1, "segments and the lock, nothing else");
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
async fn damage_among_acknowledged_entries_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 12).await;
    let paths = segments(dir.path());
    assert_eq!(paths.len(), 2);
    for (path, entries) in paths.iter().zip([8, 4]) {
        let good = std::fs::read(path).unwrap();
        for entry in 0..entries {
            let last = path == &paths[1] && entry == entries - 1;
            let at = SEGMENT_HEADER + entry * (ENTRY_HEADER + 100);
            for byte in [0, 4, 8, 16, 24, 123] {
                let mut bad = good.clone();
                bad[at + byte] ^= 0x10;
                std::fs::write(path, &bad).unwrap();
                match open(dir.path()) {
                    Err(error) => {
                        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
                        assert!(!last, "the last entry cannot be told from one that was being written");
                    }
                    Ok(journal) => {
                        assert!(last, "entry {entry} byte {byte}");
                        assert_eq!(journal.end(), 11);
                    }
                }
                std::fs::write(path, &good).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn missing_renamed_and_newer_segments_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 30).await;
    let paths = segments(dir.path());
    let refused = |what: &str| {
        let error = open(dir.path()).map(drop).expect_err(what);
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{what}: {error}");
        error.to_string()
    };
    let aside = dir.path().join("aside");
    std::fs::rename(&paths[1], &aside).unwrap();
    refused("missing");
    std::fs::rename(&aside, segment_path(dir.path(), 9)).unwrap();
    assert!(refused("renamed").contains("renamed"));
    std::fs::rename(segment_path(dir.path(), 9), &paths[1]).unwrap();
    let good = std::fs::read(&paths[1]).unwrap();
    let mut newer = header(1, 8);
    newer[8] = 2;
    std::fs::write(&paths[1], &newer).unwrap();
    assert!(refused("newer").contains("a newer version wrote it"));
    std::fs::write(&paths[1], &good[..20]).unwrap();
    refused("header cut");
    std::fs::write(&paths[1], &good).unwrap();
    open(dir.path()).unwrap();
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
