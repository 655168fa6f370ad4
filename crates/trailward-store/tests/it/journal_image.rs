//! The journal's format, written down a second time from `docs/journal-format.md`: what these functions produce is
//! what the journal must read, whatever its own code says.

use std::path::{Path, PathBuf};

pub(crate) const SEGMENT_HEADER: usize = 32;
pub(crate) const ENTRY_HEADER: usize = 24;

pub(crate) fn segment_path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.segment"))
}

pub(crate) fn header(salt: u32, first: u64) -> Vec<u8> {
    let mut bytes = b"TRWJRNL1".to_vec();
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(salt.to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

pub(crate) fn entry(salt: u32, sequence: u64, batch: u64, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let covered = [&length[..], &sequence.to_le_bytes(), &batch.to_le_bytes(), payload].concat();
    let crc = crc32c::crc32c_append(salt, &covered);
    [&length[..], &crc.to_le_bytes(), &covered[4..]].concat()
}

/// A segment of `size` bytes that holds `batches`, each a list of payloads.
pub(crate) fn segment(size: usize, salt: u32, first: u64, batches: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let mut bytes = header(salt, first);
    let mut sequence = first;
    for batch in batches {
        let start = sequence;
        for payload in batch {
            bytes.extend(entry(salt, sequence, start, payload));
            sequence += 1;
        }
    }
    bytes.resize(size.max(bytes.len()), 0);
    bytes
}
