//! The catalog: a small ordered key-value store with transactions.

use crate::{StoreError, StoreErrorKind};
use async_trait::async_trait;
use bytes::Bytes;

/// A commit's number: grows by one with every committed batch, first commit is 1.
pub type Revision = u64;

/// The longest key, in bytes.
pub const MAX_KEY: usize = 4 << 10;

/// The longest value, in bytes.
pub const MAX_VALUE: usize = 1 << 20;

/// A stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The commit that last wrote this key.
    pub revision: Revision,
    /// Its bytes.
    pub value: Bytes,
}

/// A key with its value, as a scan returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The whole key.
    pub key: Vec<u8>,
    /// The commit that last wrote it.
    pub revision: Revision,
    /// Its bytes.
    pub value: Bytes,
}

/// A forward scan in key order (bytewise).
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Only keys that start with this.
    pub prefix: Vec<u8>,
    /// Only keys strictly greater than this.
    pub after: Option<Vec<u8>>,
    /// Items at most; 0 means none.
    pub limit: usize,
}

/// What must hold for a batch to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The key does not exist.
    Absent(Vec<u8>),
    /// The key exists and was last written by this commit.
    Unchanged(Vec<u8>, Revision),
}

/// One change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a key (at most 4 KiB) to a value (at most 1 MiB).
    Put(Vec<u8>, Bytes),
    /// Removes a key; no error if it is not there.
    Delete(Vec<u8>),
}

/// Conditions and writes that happen together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// All must hold, else `Conflict`.
    pub conditions: Vec<Condition>,
    /// Applied in order.
    pub writes: Vec<Write>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands that `key` does not exist.
    pub fn absent(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.conditions.push(Condition::Absent(key.into()));
        self
    }

    /// Demands that `key` was last written by commit `revision`.
    pub fn unchanged(mut self, key: impl Into<Vec<u8>>, revision: Revision) -> Self {
        self.conditions.push(Condition::Unchanged(key.into(), revision));
        self
    }

    /// Sets `key` to `value`.
    pub fn put(mut self, key: impl Into<Vec<u8>>, value: impl Into<Bytes>) -> Self {
        self.writes.push(Write::Put(key.into(), value.into()));
        self
    }

    /// Removes `key`.
    pub fn delete(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.writes.push(Write::Delete(key.into()));
        self
    }
}

/// An ordered map from bytes to bytes with atomic, conditional batches.
///
/// Reads see every batch committed before they started (linearizable); a scan sees one consistent state.
#[async_trait]
pub trait Catalog: Send + Sync + std::fmt::Debug {
    /// The value of `key`, if any.
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError>;

    /// Items in key order.
    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError>;

    /// A number that has grown, when a commit is answered, if that commit may have changed anything; whoever committed. As
    /// long as it stays, so does everything read. `None` if that would take asking: then read.
    fn commits_seen(&self) -> Option<u64> {
        None
    }

    /// Applies `batch` atomically. When this returns `Ok`, it is on stable storage.
    /// `Conflict` (and no change) if a condition does not hold.
    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError>;
}

/// `Invalid` unless every key and value of `batch` is within bounds.
pub(crate) fn check_batch(batch: &Batch) -> Result<(), StoreError> {
    for write in &batch.writes {
        let (key, value) = match write {
            Write::Put(key, value) => (key, value.len()),
            Write::Delete(key) => (key, 0),
        };
        if key.len() > MAX_KEY {
            return Err(invalid(format!("a catalog key has at most {MAX_KEY} bytes, not {}", key.len())));
        }
        if value > MAX_VALUE {
            return Err(invalid(format!("a catalog value has at most {MAX_VALUE} bytes, not {value}")));
        }
    }
    Ok(())
}

/// The smallest key greater than every key that starts with `prefix`; `None` if there is no such key.
pub(crate) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

fn invalid(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}
