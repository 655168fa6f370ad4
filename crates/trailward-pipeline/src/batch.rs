//! A range that is still open.

use bytes::Bytes;
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
    pub records: Vec<Bytes>,
    /// Uncompressed size of the file.
    pub bytes: usize,
    pub oldest: Option<String>,
    pub newest: Option<String>,
}

impl Batch {
    pub(crate) fn new(version: u64, first: Position, opened: OffsetDateTime) -> Self {
        Self {
            version,
            first,
            last: first,
            opened,
            records: Vec::new(),
            bytes: 14,
            oldest: None,
            newest: None,
        }
    }

    /// Adds the record at `position`, made at `event_time`.
    pub(crate) fn push(&mut self, position: Position, record: Bytes, event_time: &str) {
        self.last = position;
        self.bytes += record.len() + 1;
        self.records.push(record);
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
        record: Bytes,
        event_time: &str,
        now: OffsetDateTime,
    ) {
        self.bytes += record.len();
        let batch = self.batches.entry(chain.clone()).or_insert_with(|| Batch::new(version, position, now));
        batch.push(position, record, event_time);
    }

    /// Takes a range out.
    pub(crate) fn take(&mut self, chain: &K) -> Option<Batch> {
        let batch = self.batches.remove(chain)?;
        let held: usize = batch.records.iter().map(Bytes::len).sum();
        self.bytes = self.bytes.saturating_sub(held);
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
        self.batches.iter().max_by_key(|(_, b)| b.bytes).map(|(k, _)| k.clone())
    }
}
