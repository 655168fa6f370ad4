//! The one thread that writes: takes what queued up, writes it, syncs, tells everybody.

use super::format::{Chain, ENTRY_OVERHEAD, Nonces, Place, SEGMENT_HEADER, SegmentHeader, push_entry};
use super::prepare::{Prepared, Preparer, activate};
use super::recover::Recovered;
use super::roots::Roots;
use super::segment::{Mark, Segment};
use super::{FileJournalOptions, Shared, poisoned};
use crate::fs::io_error;
use crate::seal::MasterKey;
use crate::{Position, StoreError};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// A batch is what queued during the last sync, up to these bounds.
const BATCH_ENTRIES: usize = 2048;
const BATCH_BYTES: usize = 4 << 20;

/// Entries that are written together, in order; answered with the position of the first.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) payloads: Vec<Bytes>,
    pub(super) done: oneshot::Sender<Result<Position, StoreError>>,
    pub(super) _room: OwnedSemaphorePermit,
}

impl Request {
    /// On disk.
    fn bytes(&self) -> usize {
        self.payloads.iter().map(|payload| ENTRY_OVERHEAD + payload.len()).sum()
    }
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    options: FileJournalOptions,
    master: Arc<MasterKey>,
    preparer: Preparer,
    /// Prepared, and not used because something else failed.
    spare: Option<Prepared>,
    roots: Roots,
    current: Arc<Segment>,
    end: End,
    buffer: Vec<u8>,
    /// Of the entries in the buffer.
    marks: Vec<Mark>,
}

/// Where the next entry goes, and what it follows.
#[derive(Debug, Clone, Copy)]
struct End {
    offset: u64,
    position: Position,
    chain: Chain,
}

/// Why a batch could not be written as a whole.
enum Failure {
    /// There is no room for a new segment; nothing was lost and it may be tried again.
    NoSegment(io::Error),
    /// What is on disk is unknown: the kernel may have dropped pages that it reports as clean from now on.
    Fatal(io::Error),
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        options: FileJournalOptions,
        master: Arc<MasterKey>,
        recovered: Recovered,
    ) -> Result<Self, StoreError> {
        let preparer = Preparer::start(shared.dir.clone(), options.segment_bytes)
            .map_err(io_error("start preparing segments in", &shared.dir))?;
        let Recovered { mut segments, end, write_offset, chain, roots } = recovered;
        let Some(current) = segments.pop() else {
            return Err(StoreError::corrupt(format!("there is no segment in {}", shared.dir.display())));
        };
        let end = End { offset: write_offset, position: end, chain };
        let (buffer, marks) = (Vec::new(), Vec::new());
        Ok(Self { shared, options, master, preparer, spare: None, roots, current, end, buffer, marks })
    }

    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let (mut entries, mut bytes) = (first.payloads.len(), first.bytes());
            let mut batch = VecDeque::from([first]);
            while entries < BATCH_ENTRIES && bytes < BATCH_BYTES {
                let Ok(request) = requests.try_recv() else { break };
                entries += request.payloads.len();
                bytes += request.bytes();
                batch.push_back(request);
            }
            match self.write(&mut batch) {
                Ok(()) => {}
                Err(Failure::NoSegment(error)) => {
                    tracing::warn!(%error, dir = %self.shared.dir.display(), "cannot prepare a journal segment");
                    for request in batch {
                        let error = StoreError::unavailable(
                            "there is no room for a new journal segment",
                            error.to_string(),
                        );
                        let _ = request.done.send(Err(error));
                    }
                }
                Err(Failure::Fatal(error)) => {
                    let why = format!("writing {} failed: {error}", self.current.path.display());
                    tracing::error!(%error, segment = %self.current.path.display(), "the journal is poisoned");
                    self.close(&why);
                    for request in batch {
                        let _ = request.done.send(Err(poisoned(&why)));
                    }
                    return;
                }
            }
        }
        if let Err(error) = self.shared.checkpoint().close() {
            tracing::warn!(%error, dir = %self.shared.dir.display(), "the journal could not note that it was closed in order");
        }
        self.close("it was closed");
    }

    fn close(&self, why: &str) {
        self.shared.state.send_modify(|state| state.failed = Some(why.into()));
        self.shared.room.close();
    }

    /// Writes and acknowledges the requests from the front; those that are left were not acknowledged.
    fn write(&mut self, requests: &mut VecDeque<Request>) -> Result<(), Failure> {
        while !requests.is_empty() {
            let (taken, end) = self.encode(requests).map_err(fatal)?;
            if taken == 0 {
                self.roll()?;
                continue;
            }
            self.current.file.write_all_at(&self.buffer, self.end.offset).map_err(Failure::Fatal)?;
            (self.options.sync)(&self.current.file).map_err(Failure::Fatal)?;
            // Before anybody is told: who was told must find it known.
            self.shared.checkpoint().reached(end.position, end.chain).map_err(Failure::Fatal)?;
            self.acknowledge(requests.drain(..taken), end);
            if self.end.offset > self.options.segment_bytes / 2 {
                self.preparer.demand();
            }
        }
        Ok(())
    }

    /// Fills the buffer with as many requests as fit into the segment, and says how many and where they end. A batch
    /// never spans segments: each is durable before the next one begins.
    fn encode(&mut self, requests: &VecDeque<Request>) -> Result<(usize, End), StoreError> {
        if self.buffer.capacity() > 2 * BATCH_BYTES {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        self.marks.clear();
        let (mut taken, mut entries, mut used) = (0, 0, self.end.offset);
        for request in requests {
            let needed = request.bytes() as u64;
            // What is larger than any segment gets a segment of its own, longer than usual.
            if used + needed > self.options.segment_bytes && used > SEGMENT_HEADER as u64 {
                break;
            }
            used += needed;
            taken += 1;
            entries += request.payloads.len();
        }
        let mut nonces = Nonces::random(entries)?;
        let mut end = self.end;
        for payload in requests.iter().take(taken).flat_map(|request| &request.payloads) {
            self.marks.push(Mark { position: end.position, offset: end.offset, chain: end.chain });
            let place = Place { sequence: end.position, batch: self.end.position, chain: end.chain };
            end.chain = push_entry(&mut self.buffer, &self.current.key, place, nonces.next()?, payload)?;
            end.position += 1;
            end.offset = self.end.offset + self.buffer.len() as u64;
        }
        Ok((taken, end))
    }

    /// The buffer is durable: lets readers see it, then tells those who wait.
    fn acknowledge(&mut self, requests: impl Iterator<Item = Request>, end: End) {
        for mark in self.marks.drain(..) {
            self.current.mark(mark);
        }
        let mut first = self.end.position;
        self.end = end;
        self.shared.state.send_modify(|state| state.end = end.position);
        for request in requests {
            let position = first;
            first += request.payloads.len() as u64;
            // Nobody waits any more if the appender's future was dropped.
            let _ = request.done.send(Ok(position));
        }
    }

    /// Goes on in a new segment.
    fn roll(&mut self) -> Result<(), Failure> {
        let prepared = match self.spare.take() {
            Some(prepared) => prepared,
            None => self.preparer.take().map_err(Failure::NoSegment)?,
        };
        let closed = self.current.header;
        let End { position, chain, .. } = self.end;
        let header = SegmentHeader { first: position, number: closed.number + 1, before: chain, ..closed };
        let (bytes, key) =
            header.create(&self.master).map_err(|error| Failure::NoSegment(io::Error::other(error)))?;
        // From here on the segment is closed, whatever fails: nothing may be added behind the root that was kept.
        self.end.offset = self.end.offset.max(self.options.segment_bytes);
        if let Err(error) = self.roots.keep(&self.master, closed.number, (closed.first, position, chain)) {
            if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
                self.spare = Some(prepared);
                return Err(Failure::NoSegment(error));
            }
            return Err(Failure::Fatal(error));
        }
        let segment = activate(&self.shared.dir, prepared, (header, bytes, key), &self.options.sync)
            .map_err(Failure::Fatal)?;
        self.end = End { offset: SEGMENT_HEADER as u64, position, chain: segment.key.start };
        self.current = Arc::new(segment);
        // Before anybody can trim the segment before: the value there goes with it.
        self.shared.checkpoint().reached(position, self.end.chain).map_err(Failure::Fatal)?;
        self.shared.add(self.current.clone());
        Ok(())
    }
}

fn fatal(error: StoreError) -> Failure {
    Failure::Fatal(io::Error::other(error))
}
