//! The bytes of a segment, format 2. All numbers are little-endian; `docs/journal-format.md` says why each is there.
//!
//! ```text
//! segment header: magic "TRWJRNL1" (8) | format version (4) | 0 (4) | first position (8) | number of the segment (8)
//!                 | journal id (16) | root of the segment before (32) | segment key, sealed under the master key (61)
//! entry:          length of the payload (4) | sequence (8) | batch (8) | nonce (12) | link (16) | sealed payload | tag (16)
//! ```
//!
//! A chain of SHA-256 values runs through all entries of all segments. An entry's link is the start of the chain's value
//! before it and is authenticated with its payload, so an entry opens at its own place in its own journal and nowhere
//! else. Zeros are what was never written.

use crate::seal::{KEY_LEN, MasterKey, aead_key, fill_random};
use crate::{MAX_PAYLOAD, Position, StoreError};
use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::digest::{Context, SHA256};

pub(super) const SEGMENT_HEADER: usize = CLEAR + SEALED_KEY;
/// What an entry has in front of its payload.
pub(super) const ENTRY_HEADER: usize = 48;
/// What an entry has beside its payload.
pub(super) const ENTRY_OVERHEAD: usize = ENTRY_HEADER + TAG;
pub(super) const VERSION: u32 = 2;

pub(super) const TAG: usize = 16;
pub(super) const SEALED_KEY: usize = 1 + NONCE_LEN + KEY_LEN + TAG;
/// The header without the sealed key, which authenticates it.
const CLEAR: usize = 80;
const LINK: usize = 16;
const MAGIC: &[u8; 8] = b"TRWJRNL1";

/// Names one journal, at random, so that no part of another one passes for its own.
pub(super) type JournalId = [u8; 16];

/// The chain's value at some place: it stands for every byte of every entry before, in order.
pub(super) type Chain = [u8; 32];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) first: Position,
    /// How many segments the journal had before this one, trimmed ones included.
    pub(super) number: u64,
    pub(super) journal: JournalId,
    /// The chain's value at the end of the segment before; zeros in the first one.
    pub(super) before: Chain,
}

/// Why a segment header is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// Not what was written there, or sealed under another master key.
    Damaged,
    /// Written by another version of the program, in this format.
    Version(u32),
}

/// What it takes to read and write the entries of one segment.
pub(super) struct SegmentKey {
    aead: LessSafeKey,
    /// The chain's value before the first entry.
    pub(super) start: Chain,
}

impl std::fmt::Debug for SegmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SegmentKey(..)")
    }
}

impl SegmentKey {
    fn new(header: &[u8], bytes: &[u8; KEY_LEN]) -> Result<Self, StoreError> {
        // The key is part of the chain: AES-GCM alone would let whoever knows one key find another that opens the
        // same bytes as something else.
        let start = hash(&[b"trailward journal 2", header, bytes]);
        Ok(Self { aead: aead_key(bytes)?, start })
    }
}

impl SegmentHeader {
    /// The header's bytes with a fresh segment key, and that key.
    pub(super) fn create(self, master: &MasterKey) -> Result<(Vec<u8>, SegmentKey), StoreError> {
        let mut key = [0; KEY_LEN];
        fill_random(&mut key)?;
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.journal);
        bytes.extend_from_slice(&self.before);
        let mut sealed = master.seal(&context(&bytes), &key)?;
        bytes.append(&mut sealed);
        let opened = SegmentKey::new(&bytes, &key)?;
        key.fill(0);
        Ok((bytes, opened))
    }

    pub(super) fn open(bytes: &[u8], master: &MasterKey) -> Result<(Self, SegmentKey), BadHeader> {
        let mut fields = Fields(bytes);
        if fields.take::<8>().as_ref() != Some(MAGIC) {
            return Err(BadHeader::Damaged);
        }
        let version = fields.u32().ok_or(BadHeader::Damaged)?;
        if version != VERSION {
            return Err(BadHeader::Version(version));
        }
        let header = bytes.get(..SEGMENT_HEADER).ok_or(BadHeader::Damaged)?;
        let (clear, sealed) = header.split_at_checked(CLEAR).ok_or(BadHeader::Damaged)?;
        let key = master.open(&context(clear), sealed).map_err(|_| BadHeader::Damaged)?;
        let key = <[u8; KEY_LEN]>::try_from(key.as_slice()).map_err(|_| BadHeader::Damaged)?;
        let key = SegmentKey::new(header, &key).map_err(|_| BadHeader::Damaged)?;
        let _zero = fields.u32();
        match (fields.u64(), fields.u64(), fields.take(), fields.take()) {
            (Some(first), Some(number), Some(journal), Some(before)) => {
                Ok((Self { first, number, journal, before }, key))
            }
            _ => Err(BadHeader::Damaged),
        }
    }
}

/// What the segment key is sealed for: this header and no other.
fn context(clear: &[u8]) -> String {
    format!("journal segment {}", hex::encode(clear))
}

/// Nonces for the entries of one batch. Random, because the same position may be written twice under the same key: once
/// by a batch that a crash tore and once by whoever came after it.
pub(super) struct Nonces(Vec<u8>);

impl Nonces {
    pub(super) fn random(count: usize) -> Result<Self, StoreError> {
        let mut bytes = vec![0; count.saturating_mul(NONCE_LEN)];
        fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(super) fn next(&mut self) -> Result<[u8; NONCE_LEN], StoreError> {
        let (rest, nonce) = self
            .0
            .split_last_chunk::<NONCE_LEN>()
            .ok_or_else(|| StoreError::unavailable("cannot seal a journal entry", "no nonce is left"))?;
        let (length, nonce) = (rest.len(), *nonce);
        self.0.truncate(length);
        Ok(nonce)
    }
}

/// Where an entry stands: its position, the first position of its batch, and the chain's value before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) sequence: Position,
    pub(super) batch: Position,
    pub(super) chain: Chain,
}

/// Appends one sealed entry to `buffer` and returns the chain's value behind it. The payload is at most
/// [`MAX_PAYLOAD`] long.
pub(super) fn push_entry(
    buffer: &mut Vec<u8>,
    key: &SegmentKey,
    place: Place,
    nonce: [u8; NONCE_LEN],
    payload: &[u8],
) -> Result<Chain, StoreError> {
    let start = buffer.len();
    buffer.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    buffer.extend_from_slice(&place.sequence.to_le_bytes());
    buffer.extend_from_slice(&place.batch.to_le_bytes());
    buffer.extend_from_slice(&nonce);
    buffer.extend_from_slice(&link(&place.chain));
    let mut header = [0; ENTRY_HEADER];
    copy(&mut header, buffer.get(start..).unwrap_or_default());
    buffer.extend_from_slice(payload);
    let body = buffer.get_mut(start + ENTRY_HEADER..).unwrap_or_default();
    let tag = key
        .aead
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(header), body)
        .map_err(|error| StoreError::unavailable("cannot seal a journal entry", error))?;
    buffer.extend_from_slice(tag.as_ref());
    Ok(advance(&place.chain, buffer.get(start..).unwrap_or_default()))
}

/// What stands at some place of a segment, as far as its header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Entry(EntryHeader),
    /// It may be an entry, but this many bytes are needed to tell.
    Short(usize),
    /// Not an entry.
    Bad,
}

/// What an entry says about itself. Nothing of it is known to be true before [`open_entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryHeader {
    pub(super) sequence: Position,
    pub(super) batch: Position,
    nonce: [u8; NONCE_LEN],
    link: [u8; LINK],
    /// Of the whole entry.
    pub(super) length: usize,
}

impl EntryHeader {
    /// Whether the entry was written right behind what the chain's value stands for.
    pub(super) fn follows(&self, chain: &Chain) -> bool {
        self.link == link(chain)
    }
}

/// Reads the header of the entry at the start of `bytes`, which hold the whole entry if it is one.
pub(super) fn parse_entry(bytes: &[u8]) -> Parsed {
    let mut fields = Fields(bytes);
    let (Some(length), Some(sequence), Some(batch), Some(nonce), Some(link)) =
        (fields.u32(), fields.u64(), fields.u64(), fields.take(), fields.take())
    else {
        return Parsed::Short(ENTRY_HEADER);
    };
    let payload = usize::try_from(length).unwrap_or(usize::MAX);
    if payload == 0 || payload > MAX_PAYLOAD {
        return Parsed::Bad;
    }
    let length = payload + ENTRY_OVERHEAD;
    if bytes.len() < length {
        return Parsed::Short(length);
    }
    Parsed::Entry(EntryHeader { sequence, batch, nonce, link, length })
}

/// Decrypts the payload of a whole entry into `payload` (replacing what is there). `false` unless every byte of the
/// entry is as it was sealed.
pub(super) fn open_entry(key: &SegmentKey, entry: &[u8], payload: &mut Vec<u8>) -> bool {
    let Some((header, rest)) = entry.split_first_chunk::<ENTRY_HEADER>() else { return false };
    let Some((body, tag)) = rest.split_last_chunk::<TAG>() else { return false };
    let Some(nonce) = header.get(20..).and_then(|rest| rest.first_chunk::<NONCE_LEN>()) else { return false };
    payload.clear();
    payload.resize(body.len(), 0);
    let nonce = Nonce::assume_unique_for_key(*nonce);
    key.aead.open_separate_gather(nonce, Aad::from(*header), body, tag, payload).is_ok()
}

/// The chain's value behind `entry`.
pub(super) fn advance(chain: &Chain, entry: &[u8]) -> Chain {
    hash(&[chain, entry])
}

/// The sequence an entry at the start of `bytes` would have; a cheap look before [`parse_entry`].
pub(super) fn peek_sequence(bytes: &[u8]) -> Option<Position> {
    Fields(bytes.get(4..)?).u64()
}

fn hash(parts: &[&[u8]]) -> Chain {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut value = Chain::default();
    copy(&mut value, context.finish().as_ref());
    value
}

fn link(chain: &Chain) -> [u8; LINK] {
    let mut link = [0; LINK];
    copy(&mut link, chain);
    link
}

/// Copies as much as fits.
pub(super) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}
