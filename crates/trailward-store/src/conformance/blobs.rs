use super::assert_kind;
use crate::{BlobId, BlobKey, Blobs, StoreError, StoreErrorKind};
use bytes::Bytes;
use futures::TryStreamExt as _;
use std::ops::Range;

/// Sizes around the places where an implementation may cut.
const SIZES: [usize; 11] =
    [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 262_143, 262_144, 262_145, 1_000_000];

/// The suite of [`Blobs`].
pub async fn blobs(blobs: &dyn Blobs) -> Result<(), StoreError> {
    for size in SIZES {
        let content = content(size);
        for piece in [1_000_000, 65_536, 4_099] {
            let id = write(blobs, &content, piece).await?;
            assert_eq!(read(blobs, &id, 0..u64::MAX).await?, content, "{size} bytes in pieces of {piece}");
            blobs.delete(&id).await?;
        }
    }
    ranges(blobs).await?;
    unfinished(blobs).await?;
    missing(blobs).await?;
    keyed(blobs).await?;
    listing(blobs).await
}

fn content(size: usize) -> Bytes {
    (0u32..).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(size).collect()
}

async fn write(blobs: &dyn Blobs, content: &Bytes, piece: usize) -> Result<BlobId, StoreError> {
    let mut writer = blobs.create(None).await?;
    let mut rest = content.clone();
    while !rest.is_empty() {
        writer.write(rest.split_to(rest.len().min(piece))).await?;
    }
    writer.write(Bytes::new()).await?;
    let id = writer.id().clone();
    assert_eq!(writer.finish().await?, id);
    Ok(id)
}

async fn read(blobs: &dyn Blobs, id: &BlobId, range: Range<u64>) -> Result<Bytes, StoreError> {
    let pieces: Vec<Bytes> = blobs.read(id, range, None).await?.try_collect().await?;
    assert!(pieces.iter().all(|piece| piece.len() <= 64 << 10), "pieces are small");
    Ok(pieces.concat().into())
}

async fn ranges(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let content = content(300_000);
    let id = write(blobs, &content, 100_000).await?;
    let cuts = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000, 262_144, 299_999, 300_000, 300_001, u64::MAX];
    for start in cuts {
        for end in cuts {
            let clamp = |at: u64| usize::try_from(at.min(300_000)).unwrap_or(usize::MAX);
            let expected = content.get(clamp(start)..clamp(end)).unwrap_or_default();
            assert_eq!(read(blobs, &id, start..end).await?, expected, "{start}..{end}");
        }
    }
    Ok(())
}

async fn unfinished(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let mut writer = blobs.create(None).await?;
    let id = writer.id().clone();
    writer.write(content(500_000)).await?;
    drop(writer);
    assert_kind(blobs.read(&id, 0..1, None).await, StoreErrorKind::NotFound);
    Ok(())
}

async fn missing(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let id = write(blobs, &content(10), 10).await?;
    blobs.delete(&id).await?;
    blobs.delete(&id).await?;
    assert_kind(blobs.read(&id, 0..1, None).await, StoreErrorKind::NotFound);
    for id in ["", "x", "../../etc/passwd", "0123456789abcdef0123456789ABCDEF"] {
        let id = BlobId(id.to_owned());
        assert_kind(blobs.read(&id, 0..1, None).await, StoreErrorKind::NotFound);
        blobs.delete(&id).await?;
    }
    Ok(())
}

async fn keyed(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let (key, other) = (BlobKey::random()?, BlobKey::random()?);
    for size in [0, 3, 65_537, 300_000] {
        let content = content(size);
        let mut writer = blobs.create(Some(&key)).await?;
        writer.write(content.clone()).await?;
        let id = writer.finish().await?;
        let pieces: Vec<Bytes> = blobs.read(&id, 0..u64::MAX, Some(&key)).await?.try_collect().await?;
        assert_eq!(pieces.concat(), content, "{size} bytes under a key");
        for wrong in [None, Some(&other)] {
            let read = async {
                let bytes: Vec<Bytes> = blobs.read(&id, 0..u64::MAX, wrong).await?.try_collect().await?;
                Ok(bytes)
            };
            assert_kind(read.await, StoreErrorKind::Corrupt);
        }
        let plain = write(blobs, &content, 10_000).await?;
        assert_kind(blobs.read(&plain, 0..u64::MAX, Some(&key)).await, StoreErrorKind::Corrupt);
        blobs.delete(&plain).await?;
        blobs.delete(&id).await?;
    }
    Ok(())
}

async fn listing(blobs: &dyn Blobs) -> Result<(), StoreError> {
    let mut written = Vec::new();
    for _ in 0..25 {
        written.push(write(blobs, &content(3), 3).await?);
    }
    let mut listed: Vec<BlobId> = Vec::new();
    loop {
        let page = blobs.list(listed.last(), 4).await?;
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 4);
        listed.extend(page);
    }
    assert!(listed.is_sorted_by(|a, b| a < b), "in order, without repetition");
    assert!(written.iter().all(|id| listed.contains(id)));
    assert!(blobs.list(None, 0).await?.is_empty());
    Ok(())
}
