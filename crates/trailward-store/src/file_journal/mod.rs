//! The journal in files of one directory. The format is described in `docs/journal-format.md`.

mod checkpoint;
mod format;
mod inspect;
mod prepare;
mod read;
mod recover;
mod roots;
mod segment;
mod writer;

pub use roots::SegmentRoot;

use crate::fs::{blocking, create_dir_durably, io_error, sync_dir};
use crate::journal::{check_group, check_payload, trimmed};
use crate::seal::MasterKey;
use crate::{DirLock, Journal, JournalEntry, Position, ReadLimit, StoreError, StoreErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use checkpoint::Checkpoint;
use segment::Segment;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use writer::{Request, Writer};

/// Appends waiting for the writer at most; more wait outside the queue.
const QUEUE_ENTRIES: usize = 4096;

/// Payload bytes waiting for the writer at most.
const QUEUE_BYTES: usize = 64 << 20;

/// How [`FileJournal`] keeps its files.
#[derive(Clone)]
pub struct FileJournalOptions {
    segment_bytes: u64,
    sync: SyncData,
}

type SyncData = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

impl FileJournalOptions {
    /// Segments of `bytes` (default 64 MiB). A segment is longer only if a single entry does not fit.
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.max(format::SEGMENT_HEADER as u64 + 64);
        self
    }

    #[cfg(test)]
    fn sync_with(mut self, sync: impl Fn(&File) -> io::Result<()> + Send + Sync + 'static) -> Self {
        self.sync = Arc::new(sync);
        self
    }
}

impl Default for FileJournalOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, sync: Arc::new(File::sync_data) }
    }
}

impl std::fmt::Debug for FileJournalOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileJournalOptions")
            .field("segment_bytes", &self.segment_bytes)
            .finish_non_exhaustive()
    }
}

/// A [`Journal`] in segment files, with one writer thread and group commit.
///
/// Dropping it writes what is queued, waits for that, and gives the directory free. Appends whose future was
/// dropped may still have been written.
#[derive(Debug)]
pub struct FileJournal {
    shared: Arc<Shared>,
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    _lock: DirLock,
}

/// What the writer thread, the readers and the waiters have in common.
#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    /// In order of position; never empty. Held for a moment only, never during IO.
    segments: RwLock<Vec<Arc<Segment>>>,
    state: watch::Sender<State>,
    room: Arc<Semaphore>,
    /// One trim at a time, so that the oldest segment always goes first.
    trimming: Mutex<()>,
    checkpoint: Mutex<Checkpoint>,
}

#[derive(Debug, Clone)]
struct State {
    /// One past the newest durable entry.
    end: Position,
    /// Why nothing can be appended any more.
    failed: Option<Arc<str>>,
}

/// What [`FileJournal::verify`] found: every entry is the one that was written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalReport {
    /// The oldest position that is kept.
    pub start: Position,
    /// One past the newest entry.
    pub end: Position,
    /// Segment files.
    pub segments: usize,
    /// Bytes of a batch that a crash tore, which the next opening cuts off. None of it was acknowledged.
    pub torn_bytes: u64,
    /// Whether the journal was closed in order. If not, its last process or machine died.
    pub closed: bool,
    /// What every closed segment ended with, trimmed ones included.
    pub roots: Vec<SegmentRoot>,
}

impl FileJournal {
    /// Opens the journal in `dir` (created if missing) and recovers from whatever happened before. `master` must be the
    /// key it was made with.
    ///
    /// Blocks: it reads and checks every segment. A torn tail, which only entries that were never acknowledged can
    /// leave, is zeroed and reported as a warning. `Corrupt`, naming file and place, if an entry that was durable is
    /// damaged, replaced, moved or missing, if a segment is missing or another journal's, or if the master key is
    /// another one; `Unavailable` if another process has the directory open.
    pub fn open(
        dir: &Path,
        master: impl Into<Arc<MasterKey>>,
        options: FileJournalOptions,
    ) -> Result<Self, StoreError> {
        let master = master.into();
        create_dir_durably(dir).map_err(io_error("create", dir))?;
        let lock = DirLock::acquire(dir)?;
        let (recovered, checkpoint) = recover::open_segments(dir, &master, &options)?;
        let shared = Arc::new(Shared {
            dir: dir.to_path_buf(),
            segments: RwLock::new(recovered.segments.clone()),
            state: watch::Sender::new(State { end: recovered.end, failed: None }),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            trimming: Mutex::new(()),
            checkpoint: Mutex::new(checkpoint),
        });
        let (queue, requests) = mpsc::channel(QUEUE_ENTRIES);
        let writer = Writer::new(shared.clone(), options, master, recovered)?;
        let writer = std::thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || writer.run(requests))
            .map_err(io_error("start a writer for", dir))?;
        Ok(Self { shared, queue: Some(queue), writer: Some(writer), _lock: lock })
    }

    /// Whether a journal was ever begun in `dir`.
    pub fn exists(dir: &Path) -> bool {
        checkpoint::exists(dir) || inspect::Files::list(dir).is_ok_and(|files| !files.segments.is_empty())
    }

    /// Reads and checks every byte of the journal in `dir`, and changes nothing. Blocks. Nobody may have it open.
    /// `None` if there is none; otherwise the same errors as [`FileJournal::open`].
    pub fn verify(dir: &Path, master: &MasterKey) -> Result<Option<JournalReport>, StoreError> {
        if !dir.is_dir() {
            return Ok(None);
        }
        let Some(inspected) = inspect::inspect(dir, master)? else { return Ok(None) };
        Ok(Some(JournalReport {
            start: inspected.segments.first().map_or(0, |segment| segment.first),
            end: inspected.tail.end,
            segments: inspected.segments.len(),
            torn_bytes: inspected.tail.torn,
            closed: inspected.checkpoint.known.closed,
            roots: inspected.roots,
        }))
    }

    async fn enqueue(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        let Some(queue) = &self.queue else {
            return Err(self.poisoned());
        };
        let size = payloads.iter().map(Bytes::len).sum::<usize>();
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let Ok(room) = self.shared.room.clone().acquire_many_owned(size).await else {
            return Err(self.poisoned());
        };
        let (done, durable) = oneshot::channel();
        if queue.send(Request { payloads, done, _room: room }).await.is_err() {
            return Err(self.poisoned());
        }
        match durable.await {
            Ok(result) => result,
            Err(_) => Err(self.poisoned()),
        }
    }

    fn poisoned(&self) -> StoreError {
        let state = self.shared.state.borrow();
        poisoned(state.failed.as_deref().unwrap_or("it was closed"))
    }
}

fn poisoned(why: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Poisoned, format!("the journal takes no more entries: {why}"))
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the journal's writer thread panicked");
        }
    }
}

impl Shared {
    fn segments(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn start(&self) -> Position {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.first().map_or(0, |segment| segment.first)
    }

    fn checkpoint(&self) -> MutexGuard<'_, Checkpoint> {
        self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    fn trim(&self, before: Position) -> Result<(), StoreError> {
        let _one_at_a_time = self.trimming.lock().unwrap_or_else(PoisonError::into_inner);
        let before = before.min(self.state.borrow().end);
        // Known before it is done: later, a segment that is missing without this is somebody's doing.
        let start = {
            let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
            segments.iter().skip(1).map(|segment| segment.first).take_while(|first| *first <= before).last()
        };
        let Some(start) = start else { return Ok(()) };
        self.checkpoint().trimmed(start).map_err(io_error("note the trimming of", &self.dir))?;
        loop {
            let oldest = {
                let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
                // A segment ends where the next one starts; the last one is still being written.
                match segments.get(1) {
                    Some(second) if second.first <= start => segments.remove(0),
                    _ => return Ok(()),
                }
            };
            std::fs::remove_file(&oldest.path).map_err(io_error("remove", &oldest.path))?;
            // Each removal is made durable before the next: a crash must not leave a hole.
            sync_dir(&self.dir).map_err(io_error("sync", &self.dir))?;
        }
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError> {
        check_payload(&payload)?;
        self.enqueue(vec![payload]).await
    }

    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        check_group(&payloads)?;
        self.enqueue(payloads).await
    }

    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError> {
        let end = self.end();
        let segments = self.shared.segments();
        let start = segments.first().map_or(0, |segment| segment.first);
        if from < start {
            return Err(trimmed(from, start));
        }
        if from >= end {
            return Ok(Vec::new());
        }
        blocking(move || read::entries(&segments, from, end, limit)).await
    }

    fn start(&self) -> Position {
        self.shared.start()
    }

    fn end(&self) -> Position {
        self.shared.state.borrow().end
    }

    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError> {
        let mut state = self.shared.state.subscribe();
        match state.wait_for(|state| state.end > position || state.failed.is_some()).await {
            Ok(state) if state.end > position => Ok(()),
            Ok(state) => Err(poisoned(state.failed.as_deref().unwrap_or_default())),
            Err(_) => Err(poisoned("it was closed")),
        }
    }

    async fn trim(&self, before: Position) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        blocking(move || shared.trim(before)).await
    }
}

#[cfg(test)]
mod tests;
