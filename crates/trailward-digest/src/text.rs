//! Hashes, and the text that a digest's signature signs.

use aws_lc_rs::digest;

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// Four lines joined by LF, without one at the end: the digest's end time as its JSON spells it, where it lies, the
/// hash of its uncompressed bytes, and its predecessor's signature or the word `null`.
pub fn string_to_sign(
    end_time: &str,
    bucket: &str,
    key: &str,
    digest_bytes: &[u8],
    previous_signature: Option<&str>,
) -> String {
    text_of_hash(end_time, (bucket, key), &sha256_hex(digest_bytes), previous_signature)
}

/// [`string_to_sign`] of a digest whose hash is known.
pub(crate) fn text_of_hash(
    end_time: &str,
    (bucket, key): (&str, &str),
    hash: &str,
    previous_signature: Option<&str>,
) -> String {
    format!("{end_time}\n{bucket}/{key}\n{hash}\n{}", previous_signature.unwrap_or("null"))
}
