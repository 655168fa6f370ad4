//! What only the encrypted files promise: nothing legible on disk, every change noticed, nothing left over.

use bytes::Bytes;
use futures::TryStreamExt as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trailward_store::seal::MasterKey;
use trailward_store::{BlobId, Blobs, FileBlobs, StoreError, StoreErrorKind};

const HEADER: usize = 69;
const FRAME: usize = 65_536 + 16;

fn key() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

async fn write(blobs: &FileBlobs, content: Vec<u8>) -> BlobId {
    let mut writer = blobs.create(None).await.unwrap();
    writer.write(Bytes::from(content)).await.unwrap();
    writer.finish().await.unwrap()
}

async fn read(blobs: &FileBlobs, id: &BlobId, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
    let pieces: Vec<Bytes> = blobs.read(id, range, None).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn path(dir: &Path, id: &BlobId) -> PathBuf {
    dir.join(id.0.get(..2).unwrap()).join(id.0.get(2..4).unwrap()).join(&id.0)
}

#[tokio::test]
async fn files_survive_reopening_and_show_no_plaintext() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(dir.path(), key()).unwrap();
    let id = write(&blobs, b"attack at dawn".repeat(10)).await;
    drop(blobs);
    let stored = std::fs::read(path(dir.path(), &id)).unwrap();
    assert_eq!(stored.len(), HEADER + 140 + 16);
    assert!(!stored.windows(6).any(|window| window == b"attack"));
    let blobs = FileBlobs::open(dir.path(), key()).unwrap();
    assert_eq!(read(&blobs, &id, 0..u64::MAX).await.unwrap(), b"attack at dawn".repeat(10));
    let other = FileBlobs::open(dir.path(), MasterKey::from_bytes([8; 32])).unwrap();
    assert_eq!(read(&other, &id, 0..1).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(dir.path(), key()).unwrap();
    let id = write(&blobs, vec![1; 100]).await;
    let path = path(dir.path(), &id);
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let error = read(&blobs, &id, 0..100).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "byte {at}: {error}");
    }
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        let error = read(&blobs, &id, 0..100).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "cut to {length}: {error}");
    }
}

#[tokio::test]
async fn cut_reordered_and_swapped_frames_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(dir.path(), key()).unwrap();
    let id = write(&blobs, vec![1; 3 * 65_536]).await;
    let other = write(&blobs, vec![2; 3 * 65_536]).await;
    let path_of = |id: &BlobId| path(dir.path(), id);
    let good = std::fs::read(path_of(&id)).unwrap();
    let foreign = std::fs::read(path_of(&other)).unwrap();
    assert_eq!(good.len(), HEADER + 3 * FRAME);
    let frame = |bytes: &[u8], at: usize| bytes[HEADER + at * FRAME..HEADER + (at + 1) * FRAME].to_vec();
    let head = &good[..HEADER];
    let cases = [
        ("cut", [head, &frame(&good, 0), &frame(&good, 1)].concat()),
        ("doubled", [&good[..], &frame(&good, 2)].concat()),
        ("reordered", [head, &frame(&good, 1), &frame(&good, 0), &frame(&good, 2)].concat()),
        ("mixed", [head, &frame(&foreign, 0), &frame(&good, 1), &frame(&good, 2)].concat()),
        ("swapped", foreign.clone()),
        ("longer", [&good[..], &[0; 5]].concat()),
        ("no frames", head.to_vec()),
    ];
    for (what, bad) in cases {
        std::fs::write(path_of(&id), &bad).unwrap();
        let error = read(&blobs, &id, 0..u64::MAX).await.map(|read| read.len()).expect_err(what);
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{what}: {error}");
        if what == "cut" {
            // A range behind the new end must not turn the cut into an empty answer.
            let error = read(&blobs, &id, 190_000..190_001).await.map(|read| read.len()).expect_err(what);
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{what}: {error}");
        }
    }
    let mut bad = good.clone();
    bad[HEADER + 2 * FRAME] ^= 1;
    std::fs::write(path_of(&id), &bad).unwrap();
    assert_eq!(read(&blobs, &id, 0..70_000).await.unwrap().len(), 70_000, "other frames are not read");
}

#[tokio::test]
async fn nothing_unfinished_stays() {
    let dir = tempfile::tempdir().unwrap();
    let unfinished = dir.path().join("unfinished");
    let count = || std::fs::read_dir(&unfinished).unwrap().count();
    let blobs = FileBlobs::open(dir.path(), key()).unwrap();
    let mut writer = blobs.create(None).await.unwrap();
    writer.write(Bytes::from(vec![0; 1_000_000])).await.unwrap();
    assert_eq!(count(), 1);
    drop(writer);
    assert_eq!(count(), 0);
    std::fs::write(unfinished.join("left by a crash"), "x").unwrap();
    FileBlobs::open(dir.path(), key()).unwrap();
    assert_eq!(count(), 0);
}

#[tokio::test]
async fn a_failed_write_fails_the_blob() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = FileBlobs::open(dir.path(), Arc::new(key())).unwrap();
    std::fs::remove_dir_all(dir.path().join("unfinished")).unwrap();
    let mut writer = blobs.create(None).await.unwrap();
    writer.write(Bytes::from(vec![0; 1_000_000])).await.unwrap_err();
    std::fs::create_dir(dir.path().join("unfinished")).unwrap();
    writer.finish().await.unwrap_err();
}
