//! The journal: the durable, ordered list of records as they were made.

use crate::{StoreError, StoreErrorKind};
use async_trait::async_trait;
use bytes::Bytes;

/// A place in the journal. Positions are dense, start at 0 and are never reused (invariant J1).
pub type Position = u64;

/// The longest payload [`Journal::append`] takes.
pub const MAX_PAYLOAD: usize = 1 << 20;

/// The most payloads that [`Journal::append_all`] takes.
pub const MAX_GROUP: usize = 4096;

/// The most payload bytes that [`Journal::append_all`] takes, all together.
pub const MAX_GROUP_BYTES: usize = 32 << 20;

/// One entry as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Where it stands.
    pub position: Position,
    /// The bytes given to [`Journal::append`].
    pub payload: Bytes,
}

/// How much one [`Journal::read`] may return. At least one entry is returned if there is one.
#[derive(Debug, Clone, Copy)]
pub struct ReadLimit {
    /// Entries at most.
    pub entries: usize,
    /// Payload bytes at most (the first entry is returned even if it is larger).
    pub bytes: usize,
}

/// An append-only list of byte strings.
#[async_trait]
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// Appends `payload` (1 byte to 1 MiB). When this returns `Ok`, the entry is on stable storage and every
    /// later [`Journal::read`], in this process or the next, returns it at the position given (invariants A2, J2).
    /// When it returns `Err`, the entry may or may not appear after a restart.
    async fn append(&self, payload: Bytes) -> Result<Position, StoreError>;

    /// Appends `payloads` (1 to [`MAX_GROUP`], each as in [`Journal::append`], together at most [`MAX_GROUP_BYTES`]) in
    /// order and without anything between them, and returns the position of the first. When this returns `Ok`, all of
    /// them are on stable storage. When it returns `Err`, none, or any number of the first of them, may appear after a
    /// restart.
    async fn append_all(&self, payloads: Vec<Bytes>) -> Result<Position, StoreError>;

    /// Reads durable entries from `from` on, in order. Empty when `from` is the end.
    /// `NotFound` if `from` was trimmed away.
    async fn read(&self, from: Position, limit: ReadLimit) -> Result<Vec<JournalEntry>, StoreError>;

    /// The oldest position that can still be read (equal to [`Journal::end`] when empty).
    fn start(&self) -> Position;

    /// One past the newest durable position.
    fn end(&self) -> Position;

    /// Resolves once `end() > position`, or with an error once the journal can no longer grow.
    async fn wait_beyond(&self, position: Position) -> Result<(), StoreError>;

    /// Allows the storage of entries before `before` to be given back. Whole segments only, so some may remain.
    async fn trim(&self, before: Position) -> Result<(), StoreError>;
}

/// `Invalid` unless `payload` is within the bounds of [`Journal::append`].
pub(crate) fn check_payload(payload: &Bytes) -> Result<(), StoreError> {
    if payload.is_empty() || payload.len() > MAX_PAYLOAD {
        return Err(StoreError::new(
            StoreErrorKind::Invalid,
            format!("a journal payload has 1 to {MAX_PAYLOAD} bytes, not {}", payload.len()),
        ));
    }
    Ok(())
}

/// `Invalid` unless `payloads` are within the bounds of [`Journal::append_all`].
pub(crate) fn check_group(payloads: &[Bytes]) -> Result<(), StoreError> {
    if payloads.is_empty() || payloads.len() > MAX_GROUP {
        return Err(StoreError::new(
            StoreErrorKind::Invalid,
            format!("a journal group has 1 to {MAX_GROUP} payloads, not {}", payloads.len()),
        ));
    }
    payloads.iter().try_for_each(check_payload)?;
    let bytes: usize = payloads.iter().map(Bytes::len).sum();
    if bytes > MAX_GROUP_BYTES {
        return Err(StoreError::new(
            StoreErrorKind::Invalid,
            format!("a journal group has at most {MAX_GROUP_BYTES} bytes, not {bytes}"),
        ));
    }
    Ok(())
}

/// `NotFound`: `from` lies before `start`.
pub(crate) fn trimmed(from: Position, start: Position) -> StoreError {
    StoreError::new(
        StoreErrorKind::NotFound,
        format!("position {from} was trimmed away; the journal starts at {start}"),
    )
}
