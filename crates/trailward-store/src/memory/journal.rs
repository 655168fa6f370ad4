use super::lock;
use crate::journal::{check_group, check_payload, trimmed};
use crate::{Journal, JournalEntry, Position, ReadLimit, StoreError, StoreErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::watch;

/// A [`Journal`] in memory. [`Journal::trim`] trims exactly.
#[derive(Debug)]
pub struct MemoryJournal {
    entries: Mutex<Entries>,
    end: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Entries {
    start: Position,
    payloads: VecDeque<Bytes>,
}

impl Entries {
    fn end(&self) -> Position {
        self.start + self.payloads.len() as u64
    }
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self { entries: Mutex::default(), end: watch::Sender::new(0) }
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError> {
        check_payload(&payload)?;
        let mut entries = lock(&self.entries);
        let position = entries.end();
        entries.payloads.push_back(payload);
        self.end.send_replace(entries.end());
        Ok(position)
    }

    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError> {
        check_group(&payloads)?;
        let mut entries = lock(&self.entries);
        let position = entries.end();
        entries.payloads.extend(payloads);
        self.end.send_replace(entries.end());
        Ok(position)
    }

    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError> {
        let entries = lock(&self.entries);
        let Some(skip) = from.checked_sub(entries.start) else {
            return Err(trimmed(from, entries.start));
        };
        let mut read = Vec::new();
        let mut bytes = 0;
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        for (position, payload) in (from..).zip(entries.payloads.iter().skip(skip)) {
            bytes += payload.len();
            if !read.is_empty() && (read.len() >= limit.entries || bytes > limit.bytes) {
                break;
            }
            read.push(JournalEntry { position, payload: payload.clone() });
        }
        Ok(read)
    }

    fn start(&self) -> Position {
        lock(&self.entries).start
    }

    fn end(&self) -> Position {
        lock(&self.entries).end()
    }

    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError> {
        let mut end = self.end.subscribe();
        match end.wait_for(|end| *end > position).await {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(StoreError::with_source(StoreErrorKind::Poisoned, "the journal was closed", error))
            }
        }
    }

    async fn trim(&self, before: Position) -> Result<(), StoreError> {
        let mut entries = lock(&self.entries);
        while entries.start < before && entries.payloads.pop_front().is_some() {
            entries.start += 1;
        }
        Ok(())
    }
}
