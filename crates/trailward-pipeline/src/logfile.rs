//! A log file's bytes: `{"Records":[…]}` in one gzip member. The same records always give the same bytes.

use bytes::Bytes;
use libdeflater::{CompressionError, CompressionLvl, Compressor};

/// A log file, ready to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// The gzip member.
    pub compressed: Vec<u8>,
    /// Lower-case hexadecimal SHA-256 of the uncompressed bytes, as digests list it.
    pub hash: String,
}

const LEVEL: i32 = 6;

/// The uncompressed bytes, growing: the records as they were made, in order, nothing between them but commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogText(Vec<u8>);

impl Default for LogText {
    fn default() -> Self {
        Self(b"{\"Records\":[".to_vec())
    }
}

impl LogText {
    /// Adds a record.
    pub fn push(&mut self, record: &[u8]) {
        if self.0.last() != Some(&b'[') {
            self.0.push(b',');
        }
        self.0.extend_from_slice(record);
    }

    /// How long the file would be now.
    pub fn size(&self) -> usize {
        self.0.len() + 2
    }

    /// The whole file's bytes.
    pub fn finish(mut self) -> Bytes {
        self.0.extend_from_slice(b"]}");
        self.0.into()
    }
}

/// Compresses `bytes` into one gzip member with a fixed header (no name, no time) and level.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, CompressionError> {
    let level = CompressionLvl::new(LEVEL).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut out)?;
    out.truncate(length);
    out.shrink_to_fit();
    Ok(out)
}

/// Builds the log file with these uncompressed bytes.
pub fn build(text: &[u8]) -> Result<LogFile, CompressionError> {
    Ok(LogFile { hash: trailward_digest::sha256_hex(text), compressed: gzip(text)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn one_member_same_bytes() {
        let text = || {
            let mut text = LogText::default();
            (0..100).for_each(|n| text.push(format!("{{\"eventID\":\"{n}\"}}").as_bytes()));
            let size = text.size();
            let bytes = text.finish();
            assert_eq!(bytes.len(), size);
            bytes
        };
        let one = build(&text()).unwrap();
        let two = build(&text()).unwrap();
        assert_eq!(one, two);
        // Header: no flags, no time.
        assert_eq!(one.compressed.get(..8), Some(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0][..]));
        let mut single = flate2::bufread::GzDecoder::new(one.compressed.as_slice());
        let mut text = Vec::new();
        single.read_to_end(&mut text).unwrap();
        assert!(single.into_inner().is_empty(), "bytes after the member");
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["Records"].as_array().unwrap().len(), 100);
        assert_eq!(one.hash, trailward_digest::sha256_hex(&text));
    }
}
