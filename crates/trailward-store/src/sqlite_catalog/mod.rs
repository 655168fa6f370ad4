//! The catalog in one SQLite database: write-ahead log, `synchronous=FULL`, one writer, several readers.

mod read;
mod schema;
mod verify;
mod write;

use crate::catalog::check_batch;
use crate::fs::{blocking, create_dir_durably, io_error};
use crate::{Batch, Catalog, Entry, Item, Revision, Scan, StoreError, StoreErrorKind};
use async_trait::async_trait;
use read::Readers;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use write::Request;

/// Commits waiting for the writer at most; more wait outside the queue.
const QUEUE: usize = 1024;

/// A scan of more items than this is moved off the runtime's threads.
const SHORT_SCAN: usize = 128;

/// A [`Catalog`] in one SQLite file.
///
/// Commits that are waiting while another one reaches the disk share one SQLite transaction and one sync; each of
/// them still conflicts on its own and gets a revision of its own. Point reads and short scans run on the calling
/// thread: they take microseconds and never wait for a writer. Dropping it commits what is queued first.
#[derive(Debug)]
pub struct SqliteCatalog {
    readers: Arc<Readers>,
    queue: Option<mpsc::Sender<Request>>,
    /// Transactions that the writer tried. Nobody else writes the file.
    tried: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

pub use verify::CatalogReport;

impl SqliteCatalog {
    /// Checks the database at `path`, and changes nothing in it: SQLite's own integrity check, and that every value is of a
    /// form that is stored. Blocks. Nobody may have it open.
    pub fn verify(path: &Path) -> Result<CatalogReport, StoreError> {
        verify::verify(path)
    }

    /// Opens the database at `path`, creating it (and its directory) if missing. Blocks.
    ///
    /// `Corrupt` if SQLite finds it damaged, if it is not ours, or if a newer version wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            create_dir_durably(dir).map_err(io_error("create", dir))?;
        }
        let connection = schema::open_writer(path)?;
        let revision = schema::revision(&connection)?;
        let readers = Arc::new(Readers::open(path)?);
        let (queue, requests) = mpsc::channel(QUEUE);
        let name = path.display().to_string();
        let tried = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&tried);
        let writer = std::thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || write::Writer::new(connection, revision, name, counter).run(requests))
            .map_err(io_error("start a writer for", path))?;
        Ok(Self { readers, queue: Some(queue), tried, writer: Some(writer) })
    }
}

fn closed() -> StoreError {
    StoreError::new(
        StoreErrorKind::Poisoned,
        "the catalog takes no more commits: an earlier one failed, or it was closed",
    )
}

impl Drop for SqliteCatalog {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the catalog's writer thread panicked");
        }
    }
}

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.readers.get(key)
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError> {
        if scan.limit <= SHORT_SCAN {
            return self.readers.scan(&scan);
        }
        let readers = self.readers.clone();
        blocking(move || readers.scan(&scan)).await
    }

    fn commits_seen(&self) -> Option<u64> {
        Some(self.tried.load(Ordering::Acquire))
    }

    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError> {
        check_batch(&batch)?;
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        let (done, committed) = oneshot::channel();
        queue.send(Request { batch, done }).await.map_err(|_| closed())?;
        committed.await.map_err(|_| closed())?
    }
}

/// What an error of SQLite means to the caller.
fn sqlite_error(doing: &str) -> impl FnOnce(rusqlite::Error) -> StoreError + use<> {
    use rusqlite::ErrorCode;
    let message = format!("cannot {doing}");
    move |error| {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
            _ => StoreErrorKind::Unavailable,
        };
        StoreError::with_source(kind, format!("{message}: {error}"), error)
    }
}

#[cfg(test)]
mod tests;
