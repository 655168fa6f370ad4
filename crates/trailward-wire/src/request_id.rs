//! Ids that a caller is told, made from random bytes given by the caller of this module.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A version 4 UUID: request ids of JSON and Query services, and event ids.
pub fn uuid_id(mut random: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut random;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let hex = hex::encode(random);
    let mut id = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// Sixteen letters and digits: S3's request ids and the unique part of log file names.
pub fn eight_byte_id(random: [u8; 16], alphabet: &[u8]) -> String {
    let length = alphabet.len().max(1);
    random
        .iter()
        .filter_map(|byte| alphabet.get(usize::from(*byte) % length))
        .map(|b| char::from(*b))
        .collect()
}

/// S3's `x-amz-id-2`.
pub fn host_id(random: &[u8]) -> String {
    STANDARD.encode(random)
}
