//! A log file's bytes: `{"Records":[…]}` in one gzip member. The same records always give the same bytes.

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

/// The uncompressed bytes: the records as they were made, in order, nothing between them but commas.
pub fn log_bytes<'a>(records: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let size: usize = records.clone().map(|r| r.len() + 1).sum();
    let mut bytes = Vec::with_capacity(size + 16);
    bytes.extend_from_slice(b"{\"Records\":[");
    for (index, record) in records.enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(record);
    }
    bytes.extend_from_slice(b"]}");
    bytes
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

/// Builds the log file of `records`.
pub fn build<'a>(
    records: impl ExactSizeIterator<Item = &'a [u8]> + Clone,
) -> Result<LogFile, CompressionError> {
    let bytes = log_bytes(records);
    Ok(LogFile { hash: trailward_digest::sha256_hex(&bytes), compressed: gzip(&bytes)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn one_member_same_bytes() {
        let records: Vec<Vec<u8>> =
            (0..100).map(|n| format!("{{\"eventID\":\"{n}\"}}").into_bytes()).collect();
        let one = build(records.iter().map(Vec::as_slice)).unwrap();
        let two = build(records.iter().map(Vec::as_slice)).unwrap();
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
