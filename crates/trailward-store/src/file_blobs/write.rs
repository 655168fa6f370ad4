//! Writing one blob: frames into a temporary file, then sync, rename, sync of the directory.

use super::Store;
use super::frame::{FRAME, Frames};
use crate::fs::{blocking, io_error, private, sync_dir};
use crate::{BlobId, BlobKey, BlobWriter, StoreError};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Plaintext that is gathered before it is written out.
const GATHER: usize = 4 * FRAME;

pub(super) struct Writer {
    store: Arc<Store>,
    key: Option<BlobKey>,
    id: BlobId,
    gathered: BytesMut,
    /// `None` after a failure, or while bytes are being written.
    file: Option<Unfinished>,
    failed: bool,
}

/// A file under a temporary name; removed when dropped before it is published.
struct Unfinished {
    path: PathBuf,
    file: File,
    frames: Frames,
    next_frame: u64,
    published: bool,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>, key: Option<BlobKey>) -> Result<Self, StoreError> {
        Ok(Self { store, key, id: Store::new_id()?, gathered: BytesMut::new(), file: None, failed: false })
    }

    /// Takes the file (creating it if this is the first time) for a piece of blocking work.
    fn take(
        &mut self,
    ) -> Result<impl FnOnce() -> Result<Unfinished, StoreError> + Send + 'static, StoreError> {
        if self.failed {
            return Err(StoreError::new(
                crate::StoreErrorKind::Unavailable,
                format!("an earlier write of blob {} failed", self.id.0),
            ));
        }
        // Cleared again only when the work succeeds; also guards against a future dropped half-way.
        self.failed = true;
        let (file, store, id) = (self.file.take(), self.store.clone(), self.id.clone());
        let key = self.key.clone();
        Ok(move || match file {
            Some(file) => Ok(file),
            None => Unfinished::create(&store, &id, key.as_ref()),
        })
    }
}

impl Unfinished {
    fn create(store: &Store, id: &BlobId, key: Option<&BlobKey>) -> Result<Self, StoreError> {
        let (frames, header) = Frames::create((&store.master, key), id)?;
        let path = store.temporary_dir().join(&id.0);
        let file = private().write(true).create_new(true).open(&path).map_err(io_error("create", &path))?;
        let mut unfinished = Self { path, file, frames, next_frame: 0, published: false };
        unfinished.write_all(&header)?;
        Ok(unfinished)
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(io_error("write", &self.path))
    }

    /// Encrypts and writes `plaintext`, which is whole frames unless it is the end.
    fn append(&mut self, plaintext: &[u8], end: bool) -> Result<(), StoreError> {
        let mut out = Vec::with_capacity(plaintext.len() + plaintext.len() / 1024 + 64);
        let mut frames = plaintext.chunks(FRAME).peekable();
        if end && plaintext.is_empty() {
            self.frames.seal(self.next_frame, true, &[], &mut out)?;
        }
        while let Some(frame) = frames.next() {
            let last = end && frames.peek().is_none();
            self.frames.seal(self.next_frame, last, frame, &mut out)?;
            self.next_frame += 1;
        }
        self.write_all(&out)
    }

    fn publish(mut self, store: &Store, id: &BlobId) -> Result<(), StoreError> {
        let path = store.path(id)?;
        let dir = path.parent().unwrap_or(&store.dir);
        self.file.sync_all().map_err(io_error("sync", &self.path))?;
        store.ensure_dir(dir).map_err(io_error("create", dir))?;
        std::fs::rename(&self.path, &path).map_err(io_error("rename", &self.path))?;
        self.published = true;
        sync_dir(dir).map_err(io_error("sync", dir))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "cannot remove an unfinished blob");
        }
    }
}

#[async_trait]
impl BlobWriter for Writer {
    fn id(&self) -> &BlobId {
        &self.id
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // Only once more is known to follow: the frame at the end must say that it is the last.
            if self.gathered.len() == GATHER {
                let (take, plaintext) = (self.take()?, self.gathered.split());
                let file = blocking(move || {
                    let mut file = take()?;
                    file.append(&plaintext, false)?;
                    Ok(file)
                })
                .await?;
                (self.file, self.failed) = (Some(file), false);
            }
            let piece = rest.split_to(rest.len().min(GATHER - self.gathered.len()));
            self.gathered.extend_from_slice(&piece);
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<BlobId, StoreError> {
        let (take, plaintext) = (self.take()?, self.gathered.split());
        let (store, id) = (self.store.clone(), self.id.clone());
        blocking(move || {
            let mut file = take()?;
            file.append(&plaintext, true)?;
            file.publish(&store, &id)?;
            Ok(id)
        })
        .await
    }
}
