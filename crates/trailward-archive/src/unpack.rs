//! Unpacking gzip that anybody may have written, with every bound explicit.
//!
//! CloudTrail writes one gzip member and nothing behind it. The fast path inflates into a buffer of the size that the
//! file's last four bytes promise, and believes the result only when the file's last eight bytes are that content's
//! checksum and size and nowhere else in the file: then the member ends where the file does. Everything else goes the
//! slow way, which counts.

use aws_lc_rs::digest::{Context, SHA256, digest};
use flate2::bufread::GzDecoder;
use libdeflater::{Decompressor, crc32};
use std::io::Read;

/// The most compressed bytes of a log file that are read. CloudTrail closes a file at 50 MB before compression.
pub const MOST_PACKED_BYTES: u64 = 64 << 20;
/// The most bytes that a log file may unpack to.
pub const MOST_UNPACKED_BYTES: u64 = 1 << 30;
/// Contents up to this size are inflated at once, larger ones piece by piece.
const MOST_AT_ONCE: usize = 16 << 20;
/// The least bytes of a gzip file: header and trailer.
const LEAST_GZIP: usize = 18;
/// The highest ratio that deflate reaches.
const HIGHEST_RATIO: usize = 1040;

/// Why a file is not one gzip member of acceptable size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The member ends before the file does.
    #[error("{0} bytes follow the end of the gzip member")]
    Trailing(u64),
    /// It is not gzip, is cut off, or its checksum is wrong.
    #[error("not readable as gzip: {0}")]
    NotGzip(String),
    /// It unpacks to more than it may.
    #[error("unpacks to more than {0} bytes, more than CloudTrail ever writes")]
    TooLarge(u64),
}

/// The hash and size of unpacked content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// SHA-256.
    pub hash: [u8; 32],
    /// Bytes.
    pub size: u64,
}

/// Unpacks one file after the other, keeping its buffer.
pub struct Unpacker {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }
}

impl Unpacker {
    /// The hash of a log file's content; memory stays below 16 MiB whatever it unpacks to.
    pub fn hash(&mut self, packed: &[u8]) -> Result<Unpacked, Broken> {
        if let Some(content) = self.at_once(packed) {
            return Ok(Unpacked { hash: sha256(content), size: content.len() as u64 });
        }
        let mut context = Context::new(&SHA256);
        let size = stream(packed, MOST_UNPACKED_BYTES, |piece| context.update(piece))?;
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Ok(Unpacked { hash, size })
    }

    /// The content of a file that unpacks to at most `limit` bytes.
    pub fn content(&mut self, packed: &[u8], limit: usize) -> Result<Vec<u8>, Broken> {
        if let Some(content) = self.at_once(packed)
            && content.len() <= limit
        {
            return Ok(content.to_vec());
        }
        let mut content = Vec::new();
        stream(packed, limit as u64, |piece| content.extend_from_slice(piece))?;
        Ok(content)
    }

    /// The content, when the fast path can say for sure that it is all there is.
    fn at_once(&mut self, packed: &[u8]) -> Option<&[u8]> {
        let end = packed.len().checked_sub(8).filter(|_| packed.len() >= LEAST_GZIP)?;
        let trailer = packed.get(end..)?;
        let promised = u32::from_le_bytes(trailer.get(4..)?.try_into().ok()?) as usize;
        if promised > MOST_AT_ONCE || promised > packed.len().saturating_mul(HIGHEST_RATIO) {
            return None;
        }
        if self.buffer.len() < promised {
            self.buffer.resize(promised, 0);
        }
        let buffer = self.buffer.get_mut(..promised)?;
        let size = self.decompressor.gzip_decompress(packed, buffer).ok()?;
        let content = self.buffer.get(..size)?;
        let checksum = u32::from_le_bytes(trailer.get(..4)?.try_into().ok()?);
        let elsewhere = memchr::memmem::find(packed.get(..packed.len() - 1)?, trailer).is_some();
        (size == promised && crc32(content) == checksum && !elsewhere).then_some(content)
    }
}

/// Gives the content piece by piece; returns its size.
fn stream(packed: &[u8], limit: u64, mut piece: impl FnMut(&[u8])) -> Result<u64, Broken> {
    let mut decoder = GzDecoder::new(packed);
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0_u64;
    loop {
        let read = decoder.read(&mut buffer).map_err(|e| Broken::NotGzip(e.to_string()))?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        size = size.saturating_add(read as u64);
        if size > limit {
            return Err(Broken::TooLarge(limit));
        }
        piece(part);
    }
    let rest = decoder.into_inner().len() as u64;
    if rest > 0 { Err(Broken::Trailing(rest)) } else { Ok(size) }
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn hashes_what_one_member_holds() {
        let mut unpacker = Unpacker::default();
        for size in [0, 1, 100, 70_000, 1 << 20, MOST_AT_ONCE, MOST_AT_ONCE + 1] {
            let content: Vec<u8> = (0..size).map(|n| u8::try_from(n * n % 251).unwrap()).collect();
            let packed = gzip(&content);
            let hashed = unpacker.hash(&packed).unwrap();
            assert_eq!(hashed, Unpacked { hash: sha256(&content), size: size as u64 });
            assert_eq!(unpacker.content(&packed, size).unwrap(), content);
            if size > 0 {
                assert_eq!(unpacker.content(&packed, size - 1), Err(Broken::TooLarge((size - 1) as u64)));
            }
        }
    }

    #[test]
    fn bytes_behind_the_member_are_seen_whatever_they_are() {
        let mut unpacker = Unpacker::default();
        let packed = gzip(&b"{\"Records\":[]}".repeat(50));
        let trailer = packed[packed.len() - 8..].to_vec();
        for tail in [
            b"x".to_vec(),
            vec![0; 8],
            packed.clone(),
            trailer.clone(),
            [b"planted".to_vec(), trailer.clone()].concat(),
            gzip(b""),
        ] {
            let mut longer = packed.clone();
            longer.extend_from_slice(&tail);
            assert_eq!(unpacker.hash(&longer), Err(Broken::Trailing(tail.len() as u64)));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        const CONTENT: &[u8] = b"some content that is long enough to be cut";
        let mut unpacker = Unpacker::default();
        let packed = gzip(CONTENT);
        for cut in 0..packed.len() {
            assert!(matches!(unpacker.hash(&packed[..cut]), Err(Broken::NotGzip(_))), "cut at {cut}");
        }
        for at in 0..packed.len() {
            let mut changed = packed.clone();
            changed[at] ^= 0x10;
            // The header's time and system and the bits that fill up the last byte are not content.
            if let Ok(unpacked) = unpacker.hash(&changed) {
                assert_eq!(unpacked, Unpacked { hash: sha256(CONTENT), size: 42 }, "byte {at}");
            }
        }
        assert!(matches!(unpacker.hash(b"PK\x03\x04 this is a zip file, not gzip"), Err(Broken::NotGzip(_))));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = gzip(&vec![0; 40 << 20]);
        let mut unpacker = Unpacker::default();
        assert_eq!(unpacker.content(&packed, 32 << 20), Err(Broken::TooLarge(32 << 20)));
        assert!(unpacker.buffer.len() <= MOST_AT_ONCE);
        // A trailer that promises little does not help it.
        let mut lying = packed.clone();
        let end = lying.len();
        lying[end - 4..].copy_from_slice(&10_u32.to_le_bytes());
        assert!(unpacker.hash(&lying).is_err());
    }
}
