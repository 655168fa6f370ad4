//! A range that is still open.

use crate::logfile::LogText;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trailward_store::Position;

/// Records of one chain under one version of its trail.
#[derive(Debug)]
pub(crate) struct Batch {
    pub version: u64,
    pub first: Position,
    pub last: Position,
    pub opened: OffsetDateTime,
    /// The file so far, uncompressed. Records are copied into it: what the journal returns are slices of large
    /// reads, which they would keep in memory.
    pub text: LogText,
    pub oldest: Option<String>,
    pub newest: Option<String>,
}

impl Batch {
    pub(crate) fn new(version: u64, first: Position, opened: OffsetDateTime) -> Self {
        Self { version, first, last: first, opened, text: LogText::default(), oldest: None, newest: None }
    }

    /// Adds the record at `position`, made at `event_time`.
    pub(crate) fn push(&mut self, position: Position, record: &[u8], event_time: &str) {
        self.last = position;
        self.text.push(record);
        // The spelling sorts as the times do.
        if self.oldest.as_deref().is_none_or(|oldest| event_time < oldest) {
            self.oldest = Some(event_time.to_owned());
        }
        if self.newest.as_deref().is_none_or(|newest| event_time > newest) {
            self.newest = Some(event_time.to_owned());
        }
    }
}

/// All open ranges, and how much they hold.
#[derive(Debug)]
pub(crate) struct Open<K> {
    batches: BTreeMap<K, Batch>,
    bytes: usize,
}

impl<K> Default for Open<K> {
    fn default() -> Self {
        Self { batches: BTreeMap::new(), bytes: 0 }
    }
}

impl<K: Ord + Clone> Open<K> {
    /// The open range of `chain`.
    pub(crate) fn get(&self, chain: &K) -> Option<&Batch> {
        self.batches.get(chain)
    }

    /// Adds a record to the range of `chain`, which is opened if it is not.
    pub(crate) fn push(
        &mut self,
        chain: &K,
        version: u64,
        position: Position,
        record: &[u8],
        event_time: &str,
        now: OffsetDateTime,
    ) {
        if !self.batches.contains_key(chain) {
            let batch = Batch::new(version, position, now);
            self.bytes += batch.text.size();
            self.batches.insert(chain.clone(), batch);
        }
        if let Some(batch) = self.batches.get_mut(chain) {
            let before = batch.text.size();
            batch.push(position, record, event_time);
            self.bytes += batch.text.size() - before;
        }
    }

    /// Takes a range out.
    pub(crate) fn take(&mut self, chain: &K) -> Option<Batch> {
        let batch = self.batches.remove(chain)?;
        self.bytes = self.bytes.saturating_sub(batch.text.size());
        Some(batch)
    }

    /// The first record that is in an open range.
    pub(crate) fn first(&self) -> Option<Position> {
        self.batches.values().map(|b| b.first).min()
    }

    /// When the oldest open range was opened.
    pub(crate) fn oldest(&self) -> Option<OffsetDateTime> {
        self.batches.values().map(|b| b.opened).min()
    }

    /// The chains whose range was opened at or before `limit`.
    pub(crate) fn opened_by(&self, limit: OffsetDateTime) -> Vec<K> {
        self.batches.iter().filter(|(_, b)| b.opened <= limit).map(|(k, _)| k.clone()).collect()
    }

    /// The chains of all open ranges that `test` accepts.
    pub(crate) fn chains(&self, test: impl Fn(&K, &Batch) -> bool) -> Vec<K> {
        self.batches.iter().filter(|(k, b)| test(k, b)).map(|(k, _)| k.clone()).collect()
    }

    /// The chain with the largest range, once all ranges together hold more than `most` bytes.
    pub(crate) fn overfull(&self, most: usize) -> Option<K> {
        if self.bytes <= most {
            return None;
        }
        self.batches.iter().max_by_key(|(_, b)| b.text.size()).map(|(k, _)| k.clone())
    }
}
