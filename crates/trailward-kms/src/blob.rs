//! The ciphertext of a symmetric key: which key and which of its materials, and what they sealed.
//!
//! `01, key id (16), number of the material (4, big-endian), nonce (12), ciphertext, tag (16)`. The first 21 bytes are
//! authenticated together with the encryption context, so that a ciphertext cannot be given to another key.

use crate::{EncryptionContext, KmsError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 4;

/// The length of symmetric key material.
pub(crate) const KEY_LEN: usize = 32;

/// What a ciphertext says of itself. Not believed until it opens.
pub(crate) struct Head {
    pub(crate) key: [u8; 16],
    pub(crate) material: u32,
}

/// Reads which key sealed `blob`.
pub(crate) fn head(blob: &[u8]) -> Option<Head> {
    let (version, rest) = blob.split_first_chunk::<1>()?;
    let (key, rest) = rest.split_first_chunk::<16>()?;
    let (material, _) = rest.split_first_chunk::<4>()?;
    (*version == [VERSION]).then_some(Head { key: *key, material: u32::from_be_bytes(*material) })
}

/// Seals `plaintext`.
pub(crate) fn seal(
    key: [u8; 16],
    number: u32,
    material: &[u8],
    context: &EncryptionContext,
    plaintext: &[u8],
) -> Result<Vec<u8>, KmsError> {
    let mut blob = Vec::with_capacity(HEAD + NONCE_LEN + plaintext.len() + 16);
    blob.push(VERSION);
    blob.extend_from_slice(&key);
    blob.extend_from_slice(&number.to_be_bytes());
    let aad = Aad::from([blob.as_slice(), &context.canonical()].concat());
    let mut nonce = [0; NONCE_LEN];
    rand::fill(&mut nonce).map_err(|_| KmsError::Crypto)?;
    let mut body = plaintext.to_vec();
    aead(material)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
        .map_err(|_| KmsError::Crypto)?;
    blob.extend_from_slice(&nonce);
    blob.append(&mut body);
    Ok(blob)
}

/// Opens what [`seal`] made with the same material and context.
pub(crate) fn open(material: &[u8], context: &EncryptionContext, blob: &[u8]) -> Result<Vec<u8>, KmsError> {
    let (head, rest) = blob.split_at_checked(HEAD).ok_or(KmsError::InvalidCiphertext)?;
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(KmsError::InvalidCiphertext)?;
    let aad = Aad::from([head, &context.canonical()].concat());
    let mut body = body.to_vec();
    let length = aead(material)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
        .map_err(|_| KmsError::InvalidCiphertext)?
        .len();
    body.truncate(length);
    Ok(body)
}

fn aead(material: &[u8]) -> Result<LessSafeKey, KmsError> {
    UnboundKey::new(&AES_256_GCM, material).map(LessSafeKey::new).map_err(|_| KmsError::Crypto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        let pairs: BTreeMap<_, _> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        EncryptionContext::new(pairs).unwrap()
    }

    #[test]
    fn opens_only_whole_and_in_its_context() {
        let material = [7; KEY_LEN];
        let trail = context(&[("aws:cloudtrail:arn", "a"), ("b", "c")]);
        let blob = seal([1; 16], 3, &material, &trail, b"secret").unwrap();
        assert_eq!(open(&material, &trail, &blob).unwrap(), b"secret");
        let head = head(&blob).unwrap();
        assert_eq!((head.key, head.material), ([1; 16], 3));
        for other in
            [context(&[]), context(&[("aws:cloudtrail:arn", "ab"), ("", "c")]), context(&[("b", "c")])]
        {
            assert!(open(&material, &other, &blob).is_err());
        }
        assert!(open(&[8; KEY_LEN], &trail, &blob).is_err());
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert!(open(&material, &trail, &changed).is_err(), "byte {at}");
            assert!(open(&material, &trail, &blob[..at]).is_err(), "cut at {at}");
        }
    }
}
