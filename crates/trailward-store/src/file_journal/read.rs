//! Reading durable entries. Uses its own file offsets and no lock during IO, so readers never wait for the writer.

use super::format::{Parsed, advance, open_entry, parse_entry};
use super::segment::{Mark, Segment};
use crate::fs::io_error;
use crate::{JournalEntry, Position, ReadLimit, StoreError};
use bytes::Bytes;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

const CHUNK_MIN: usize = 16 << 10;
const CHUNK_MAX: usize = 256 << 10;

/// The entries from `from`, which is durable and not trimmed, to `end` or `limit`.
pub(super) fn entries(
    segments: &[Arc<Segment>],
    from: Position,
    end: Position,
    limit: ReadLimit,
) -> Result<Vec<JournalEntry>, StoreError> {
    let mut reading = Reading { limit, bytes: 0, entries: Vec::new() };
    let first = segments.partition_point(|segment| segment.first <= from).saturating_sub(1);
    let mut from = from;
    for (at, segment) in segments.iter().enumerate().skip(first) {
        let until = segments.get(at + 1).map_or(end, |next| next.first.min(end));
        if reading.segment(segment, from, until)? {
            break;
        }
        from = until;
    }
    Ok(reading.entries)
}

struct Reading {
    limit: ReadLimit,
    bytes: usize,
    entries: Vec<JournalEntry>,
}

/// More than most entries have, bytes.
const LIKELY_ENTRY: usize = 2048;

impl Reading {
    /// Reads `from..until` of one segment; `true` once the limit is reached.
    fn segment(&mut self, segment: &Segment, from: Position, until: Position) -> Result<bool, StoreError> {
        let Mark { mut position, mut offset, mut chain } = segment.nearest(from);
        // A reader that keeps up asks for a few entries at a time: reading much more would be most of its work.
        let likely = usize::try_from(until - position).unwrap_or(usize::MAX).saturating_mul(LIKELY_ENTRY);
        let mut wanted = self.limit.bytes.min(likely).clamp(CHUNK_MIN, CHUNK_MAX);
        while position < until {
            let chunk = chunk(segment, offset, wanted)?;
            let mut at = 0;
            while position < until {
                let rest = chunk.get(at..).unwrap_or_default();
                let bad = |why: &str| damaged(segment, position, offset + at as u64, why);
                match parse_entry(rest) {
                    Parsed::Entry(entry) if entry.sequence == position && entry.follows(&chain) => {
                        let bytes = rest.get(..entry.length).unwrap_or_default();
                        // The chain binds whatever is skipped to the entry that is opened.
                        if position >= from {
                            let mut payload = Vec::new();
                            if !open_entry(&segment.key, bytes, &mut payload) {
                                return Err(bad("it was altered"));
                            }
                            if !self.take(position, payload.into()) {
                                return Ok(true);
                            }
                        }
                        chain = advance(&chain, bytes);
                        position += 1;
                        at += entry.length;
                    }
                    Parsed::Short(needed) if at > 0 || needed > chunk.len() && wanted < needed => {
                        wanted = wanted.max(needed);
                        break;
                    }
                    _ => return Err(bad("it was altered, or is not the one that was written there")),
                }
            }
            offset += at as u64;
        }
        Ok(false)
    }

    /// Adds an entry, unless the limit is reached.
    fn take(&mut self, position: Position, payload: Bytes) -> bool {
        self.bytes += payload.len();
        let full = self.entries.len() >= self.limit.entries || self.bytes > self.limit.bytes;
        if full && !self.entries.is_empty() {
            return false;
        }
        self.entries.push(JournalEntry { position, payload });
        true
    }
}

/// Up to `wanted` bytes from `offset`; fewer only at the end of the file.
fn chunk(segment: &Segment, offset: u64, wanted: usize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![0; wanted];
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match segment.file.read_at(rest, offset + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_error("read", &segment.path)(error)),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// `Corrupt`: names the entry, the file and the place.
pub(super) fn damaged(segment: &Segment, position: Position, offset: u64, why: &str) -> StoreError {
    StoreError::corrupt(format!(
        "entry {position} of the journal is damaged: {} at byte {offset}: {why}",
        segment.path.display()
    ))
}
