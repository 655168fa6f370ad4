//! Reading a range of a blob: only the frames it touches are read and decrypted.

use super::frame::{FRAME, Frames, HEADER, TAG, damaged, is_keyed};
use crate::blobs::no_blob;
use crate::fs::{blocking, io_error};
use crate::seal::{KEY_LEN, MasterKey};
use crate::{BlobId, BlobKey, BlobStream, StoreError};
use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Frames that are read at a time.
const BURST: u64 = 4;

const FRAME_U64: u64 = FRAME as u64;
const SEALED_FRAME: u64 = (FRAME + TAG) as u64;

struct Reader {
    path: PathBuf,
    id: BlobId,
    file: File,
    frames: Frames,
    /// How many frames there are.
    count: u64,
    /// Of plaintext, in the whole blob.
    length: u64,
    /// Plaintext that is still to be returned.
    range: Range<u64>,
}

/// Opens the blob and reads the first frames at once, so that most errors show here and small blobs need one step only.
pub(super) async fn stream(
    path: PathBuf,
    id: BlobId,
    (master, key): (Arc<MasterKey>, Option<BlobKey>),
    range: Range<u64>,
) -> Result<BlobStream, StoreError> {
    let (reader, first) = blocking(move || {
        let mut reader = Reader::open(path, id, (&master, key.as_ref()), range)?;
        let first = reader.burst()?;
        Ok((reader, first))
    })
    .await?;
    let rest = stream::try_unfold(reader, |mut reader| async move {
        if reader.range.is_empty() {
            return Ok(None);
        }
        blocking(move || {
            let burst = reader.burst()?;
            Ok(Some((stream::iter(burst.into_iter().map(Ok)), reader)))
        })
        .await
    });
    Ok(stream::iter(first.into_iter().map(Ok)).chain(rest.try_flatten()).boxed())
}

/// What [`super::FileBlobs::check`] found of a blob that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobCheck {
    /// Every byte is as it was written; of plaintext there are so many.
    Whole(u64),
    /// It is sealed under a further key that the store does not have. Its header is as it was written, and its length is
    /// that of so many bytes of plaintext.
    Keyed(u64),
}

/// Reads all of a blob; see [`super::FileBlobs::check`]. Blocks.
pub(super) fn check(path: PathBuf, id: BlobId, master: &MasterKey) -> Result<BlobCheck, StoreError> {
    let (mut file, header) = open_file(&path, &id)?;
    if is_keyed(&header) {
        // Unseals the data key, which is bound to the blob; the frames need the other key, too.
        Frames::open((master, Some(&BlobKey::new([0; KEY_LEN]))), &id, &header)?;
        let (_, length) = extent(&mut file, &path, &id)?;
        return Ok(BlobCheck::Keyed(length));
    }
    let mut reader = Reader::open(path, id, (master, None), 0..u64::MAX)?;
    while !reader.range.is_empty() {
        reader.burst()?;
    }
    Ok(BlobCheck::Whole(reader.length))
}

fn open_file(path: &Path, id: &BlobId) -> Result<(File, [u8; HEADER]), StoreError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(no_blob(id)),
        Err(error) => return Err(io_error("open", path)(error)),
    };
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(io_error("read", path))?;
    Ok((file, header))
}

/// How many frames there are, and how much plaintext.
fn extent(file: &mut File, path: &Path, id: &BlobId) -> Result<(u64, u64), StoreError> {
    let body = file.metadata().map_err(io_error("inspect", path))?.len().saturating_sub(HEADER as u64);
    let count = body.div_ceil(SEALED_FRAME);
    let length = body.checked_sub(count * TAG as u64).filter(|_| count > 0).ok_or_else(|| damaged(id))?;
    Ok((count, length))
}

impl Reader {
    fn open(
        path: PathBuf,
        id: BlobId,
        keys: (&MasterKey, Option<&BlobKey>),
        range: Range<u64>,
    ) -> Result<Self, StoreError> {
        let (mut file, header) = open_file(&path, &id)?;
        let frames = Frames::open(keys, &id, &header)?;
        let (count, length) = extent(&mut file, &path, &id)?;
        let mut reader = Self { path, id, file, frames, count, length, range: 0..0 };
        if range.end > length {
            // The range is about to be cut to the file's length, so that length must be the one that was written.
            reader.frame(count - 1)?;
        }
        reader.range = range.start.min(length)..range.end.min(length);
        Ok(reader)
    }

    /// Reads on, a few frames at most.
    fn burst(&mut self) -> Result<Vec<Bytes>, StoreError> {
        let mut pieces = Vec::new();
        let mut left = BURST;
        while !self.range.is_empty() && left > 0 {
            left -= 1;
            let number = self.range.start / FRAME_U64;
            let frame = self.frame(number)?;
            let frame_start = number * FRAME_U64;
            let frame_end = frame_start + frame.len() as u64;
            let within = |at: u64| usize::try_from(at.min(frame_end) - frame_start).unwrap_or(usize::MAX);
            let piece = within(self.range.start)..within(self.range.end);
            pieces.push(frame.slice(piece));
            self.range.start = frame_end.min(self.range.end);
        }
        Ok(pieces)
    }

    /// The plaintext of one frame.
    fn frame(&self, number: u64) -> Result<Bytes, StoreError> {
        let last = number + 1 == self.count;
        // A file cut or extended at an odd place can leave less than a tag for the last frame.
        let plain = if last { self.length.checked_sub(number * FRAME_U64) } else { Some(FRAME_U64) };
        let plain = plain
            .and_then(|plain| usize::try_from(plain).ok())
            .filter(|plain| *plain <= FRAME)
            .ok_or_else(|| damaged(&self.id))?;
        let mut frame = vec![0; plain + TAG];
        self.file
            .read_exact_at(&mut frame, HEADER as u64 + number * SEALED_FRAME)
            .map_err(io_error("read", &self.path))?;
        let plain = self.frames.open_frame(number, last, &mut frame).ok_or_else(|| damaged(&self.id))?.len();
        frame.truncate(plain);
        Ok(frame.into())
    }
}
