//! The bytes of a segment. All numbers are little-endian.
//!
//! ```text
//! segment header, 32 bytes:  magic "TRWJRNL1" (8) | format version (4) | salt (4) | first position (8) | 0 (4) | CRC32C of the 28 before (4)
//! entry, 24 bytes + payload: length of the payload (4) | CRC32C (4) | sequence (8) | batch (8) | payload
//! ```
//!
//! An entry's CRC covers everything of it but itself, and starts from the segment's random salt, so that no payload
//! can contain bytes that pass for an entry. `batch` is the sequence of the first entry that was written in the same
//! batch: everything before it was on stable storage before this entry was written. Zeros are what was never written.

use crate::{MAX_PAYLOAD, Position};

pub(super) const SEGMENT_HEADER: usize = 32;
pub(super) const ENTRY_HEADER: usize = 24;
pub(super) const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"TRWJRNL1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) salt: u32,
    pub(super) first: Position,
}

/// Why a segment header is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    Damaged,
    /// Written by a newer version, in this format.
    Newer(u32),
}

impl SegmentHeader {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        let mut fields = Fields(bytes);
        let covered = bytes.get(..SEGMENT_HEADER - 4).ok_or(BadHeader::Damaged)?;
        let magic = fields.take::<8>().ok_or(BadHeader::Damaged)?;
        let version = fields.u32().ok_or(BadHeader::Damaged)?;
        if &magic != MAGIC {
            return Err(BadHeader::Damaged);
        }
        if version > VERSION {
            return Err(BadHeader::Newer(version));
        }
        let (salt, first, _zero, crc) = (fields.u32(), fields.u64(), fields.u32(), fields.u32());
        match (salt, first, crc) {
            (Some(salt), Some(first), Some(crc)) if crc == crc32c::crc32c(covered) && version == VERSION => {
                Ok(Self { salt, first })
            }
            _ => Err(BadHeader::Damaged),
        }
    }
}

/// Appends one encoded entry to `buffer`. The payload is at most [`MAX_PAYLOAD`] long.
pub(super) fn push_entry(
    buffer: &mut Vec<u8>,
    salt: u32,
    sequence: Position,
    batch: Position,
    payload: &[u8],
) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let (sequence, batch) = (sequence.to_le_bytes(), batch.to_le_bytes());
    buffer.extend_from_slice(&length);
    buffer.extend_from_slice(&entry_crc(salt, length, sequence, batch, payload).to_le_bytes());
    buffer.extend_from_slice(&sequence);
    buffer.extend_from_slice(&batch);
    buffer.extend_from_slice(payload);
}

/// What stands at some place of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Entry {
        sequence: Position,
        batch: Position,
        /// Of header and payload.
        length: usize,
    },
    /// It may be an entry, but this many bytes are needed to tell.
    Short(usize),
    /// Not an entry.
    Bad,
}

/// Parses the entry at the start of `bytes`.
pub(super) fn parse_entry(bytes: &[u8], salt: u32) -> Parsed {
    let mut fields = Fields(bytes);
    let (Some(length), Some(crc), Some(sequence), Some(batch)) =
        (fields.take::<4>(), fields.u32(), fields.take::<8>(), fields.take::<8>())
    else {
        return Parsed::Short(ENTRY_HEADER);
    };
    let payload_length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if payload_length == 0 || payload_length > MAX_PAYLOAD {
        return Parsed::Bad;
    }
    let Some(payload) = fields.0.get(..payload_length) else {
        return Parsed::Short(ENTRY_HEADER + payload_length);
    };
    if crc != entry_crc(salt, length, sequence, batch, payload) {
        return Parsed::Bad;
    }
    Parsed::Entry {
        sequence: Position::from_le_bytes(sequence),
        batch: Position::from_le_bytes(batch),
        length: ENTRY_HEADER + payload_length,
    }
}

/// The sequence an entry at the start of `bytes` would have; a cheap look before [`parse_entry`].
pub(super) fn peek_sequence(bytes: &[u8]) -> Option<Position> {
    Fields(bytes.get(8..)?).u64()
}

fn entry_crc(salt: u32, length: [u8; 4], sequence: [u8; 8], batch: [u8; 8], payload: &[u8]) -> u32 {
    let mut head = [0; 20];
    let parts = length.into_iter().chain(sequence).chain(batch);
    for (to, from) in head.iter_mut().zip(parts) {
        *to = from;
    }
    crc32c::crc32c_append(crc32c::crc32c_append(salt, &head), payload)
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}
