//! A public key as openssl reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use trailward_digest::PublicKey;

/// AlgorithmIdentifier: rsaEncryption (1.2.840.113549.1.1.1), NULL.
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// DER: tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match (content.len(), u8::try_from(significant.len())) {
        (short @ 0..=127, _) => out.push(u8::try_from(short).unwrap_or_default()),
        (_, bytes) => {
            out.push(0x80 | bytes.unwrap_or_default());
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
    out
}

/// The key as a SubjectPublicKeyInfo in PEM.
pub(super) fn pem(key: &PublicKey) -> String {
    let mut bits = vec![0];
    bits.extend_from_slice(&key.0);
    let info = tlv(0x30, &[RSA, &tlv(0x03, &bits)].concat());
    let mut text = String::from("-----BEGIN PUBLIC KEY-----\n");
    for line in STANDARD.encode(info).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END PUBLIC KEY-----\n");
    text
}
