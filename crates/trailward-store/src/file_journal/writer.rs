//! The one thread that writes: takes what queued up, writes it, syncs, tells everybody.

use super::format::{ENTRY_HEADER, SEGMENT_HEADER, SegmentHeader, push_entry};
use super::prepare::{Preparer, activate};
use super::segment::{Mark, Segment};
use super::{FileJournalOptions, Shared, poisoned};
use crate::fs::io_error;
use crate::{Position, StoreError};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// A batch is what queued during the last sync, up to these bounds.
const BATCH_ENTRIES: usize = 2048;
const BATCH_BYTES: usize = 4 << 20;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) payload: Bytes,
    pub(super) done: oneshot::Sender<Result<Position, StoreError>>,
    pub(super) _room: OwnedSemaphorePermit,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    options: FileJournalOptions,
    preparer: Preparer,
    current: Arc<Segment>,
    /// Where the next entry goes.
    offset: u64,
    next: Position,
    buffer: Vec<u8>,
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
        offset: u64,
    ) -> Result<Self, StoreError> {
        let preparer = Preparer::start(shared.dir.clone(), options.segment_bytes)
            .map_err(io_error("start preparing segments in", &shared.dir))?;
        let Some(current) = shared.segments().pop() else {
            return Err(StoreError::corrupt(format!("there is no segment in {}", shared.dir.display())));
        };
        let next = shared.state.borrow().end;
        Ok(Self { shared, options, preparer, current, offset, next, buffer: Vec::new() })
    }

    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let mut bytes = first.payload.len();
            let mut batch = VecDeque::from([first]);
            while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
                let Ok(request) = requests.try_recv() else { break };
                bytes += request.payload.len();
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
        self.close("it was closed");
    }

    fn close(&self, why: &str) {
        self.shared.state.send_modify(|state| state.failed = Some(why.into()));
        self.shared.room.close();
    }

    /// Writes and acknowledges the requests from the front; those that are left were not acknowledged.
    fn write(&mut self, requests: &mut VecDeque<Request>) -> Result<(), Failure> {
        while !requests.is_empty() {
            let taken = self.encode(requests);
            if taken == 0 {
                self.roll()?;
                continue;
            }
            self.current.file.write_all_at(&self.buffer, self.offset).map_err(Failure::Fatal)?;
            (self.options.sync)(&self.current.file).map_err(Failure::Fatal)?;
            self.acknowledge(requests.drain(..taken));
            if self.offset > self.options.segment_bytes / 2 {
                self.preparer.demand();
            }
        }
        Ok(())
    }

    /// Fills the buffer with as many requests as fit into the segment, and says how many. A batch never spans
    /// segments: each is durable before the next one begins.
    fn encode(&mut self, requests: &VecDeque<Request>) -> usize {
        self.buffer.clear();
        let mut taken = 0;
        for (sequence, request) in (self.next..).zip(requests) {
            let used = self.offset + self.buffer.len() as u64;
            let needed = (ENTRY_HEADER + request.payload.len()) as u64;
            // An entry larger than any segment gets a segment of its own, longer than usual.
            if used + needed > self.options.segment_bytes && used > SEGMENT_HEADER as u64 {
                break;
            }
            push_entry(&mut self.buffer, self.current.salt, sequence, self.next, &request.payload);
            taken += 1;
        }
        taken
    }

    /// The buffer is durable: lets readers see it, then tells those who wait.
    fn acknowledge(&mut self, requests: impl Iterator<Item = Request>) {
        let mut done = Vec::with_capacity(requests.size_hint().0);
        for request in requests {
            self.current.mark(Mark { position: self.next, offset: self.offset });
            self.offset += (ENTRY_HEADER + request.payload.len()) as u64;
            done.push((request.done, self.next));
            self.next += 1;
        }
        self.shared.state.send_modify(|state| state.end = self.next);
        for (done, position) in done {
            // Nobody waits any more if the appender's future was dropped.
            let _ = done.send(Ok(position));
        }
    }

    /// Goes on in a new segment.
    fn roll(&mut self) -> Result<(), Failure> {
        let prepared = self.preparer.take().map_err(Failure::NoSegment)?;
        let salt = random_salt().map_err(Failure::NoSegment)?;
        let header = SegmentHeader { salt, first: self.next };
        let segment =
            activate(&self.shared.dir, prepared, header, &self.options.sync).map_err(Failure::Fatal)?;
        self.current = Arc::new(segment);
        self.shared.add(self.current.clone());
        self.offset = SEGMENT_HEADER as u64;
        Ok(())
    }
}

pub(super) fn random_salt() -> io::Result<u32> {
    let mut salt = [0; 4];
    crate::seal::fill_random(&mut salt).map_err(io::Error::other)?;
    Ok(u32::from_le_bytes(salt))
}
