//! The bytes of a blob's file.
//!
//! ```text
//! magic "TRWBLOB1" (8) | the blob's data key, sealed under the master key (61) | frame | frame | … | last frame
//! frame: AES-256-GCM of 64 KiB of plaintext (the last one: of what is left), tag (16)
//! nonce: the frame's number; AAD: blob id (16), frame's number (8), 1 if it is the last one, else 0
//! ```
//!
//! A blob that was made with a key of its caller's starts with "TRWBLOB2", and its frames are encrypted under
//! HKDF-SHA256 of both: salt = the data key, input = the caller's key, info = "trailward blob 2".
//!
//! An empty blob has one empty frame, so that every file ends in a frame that says so.

use crate::blobs::misread;
use crate::seal::{KEY_LEN, MasterKey, aead_key, fill_random};
use crate::{BlobId, BlobKey, StoreError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;

pub(super) const FRAME: usize = 64 << 10;
pub(super) const TAG: usize = 16;
pub(super) const HEADER: usize = MAGIC.len() + SEALED_KEY;

const MAGIC: &[u8; 8] = b"TRWBLOB1";
const MAGIC_KEYED: &[u8; 8] = b"TRWBLOB2";
const SEALED_KEY: usize = 1 + NONCE_LEN + KEY_LEN + TAG;

/// Encrypts and decrypts the frames of one blob.
pub(super) struct Frames {
    key: LessSafeKey,
    id: [u8; 16],
}

impl Frames {
    /// A fresh data key for the blob `id`, and the header that keeps it.
    pub(super) fn create(
        (master, key): (&MasterKey, Option<&BlobKey>),
        id: &BlobId,
    ) -> Result<(Self, Vec<u8>), StoreError> {
        let mut bytes = [0; KEY_LEN];
        fill_random(&mut bytes)?;
        let mut header = magic(key).to_vec();
        header.append(&mut master.seal(&context(id), &bytes)?);
        Ok((Self::new(&bytes, key, id)?, header))
    }

    /// The data key from a file's header.
    pub(super) fn open(
        (master, key): (&MasterKey, Option<&BlobKey>),
        id: &BlobId,
        header: &[u8],
    ) -> Result<Self, StoreError> {
        let sealed = match header.strip_prefix(magic(key)) {
            Some(sealed) => sealed,
            None if header.starts_with(MAGIC) || header.starts_with(MAGIC_KEYED) => return Err(misread(id)),
            None => {
                let text = format!("the file of blob {} does not start as a blob", id.0);
                return Err(StoreError::corrupt(text));
            }
        };
        let bytes = master.open(&context(id), sealed)?;
        let bytes = <[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| damaged(id))?;
        Self::new(&bytes, key, id)
    }

    fn new(bytes: &[u8; KEY_LEN], key: Option<&BlobKey>, id: &BlobId) -> Result<Self, StoreError> {
        let id = id.bytes().ok_or_else(|| damaged(id))?;
        let Some(key) = key else { return Ok(Self { key: aead_key(bytes)?, id }) };
        let both = hkdf::Salt::new(hkdf::HKDF_SHA256, bytes).extract(key.bytes());
        let derived = both
            .expand(&[b"trailward blob 2"], &AES_256_GCM)
            .map_err(|error| StoreError::unavailable("cannot derive a blob's key", error))?;
        Ok(Self { key: LessSafeKey::new(UnboundKey::from(derived)), id })
    }

    /// Appends the encrypted frame `number` to `out`.
    pub(super) fn seal(
        &self,
        number: u64,
        last: bool,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        let mut frame = plaintext.to_vec();
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce(number), Aad::from(self.aad(number, last)), &mut frame)
            .map_err(|error| StoreError::unavailable("cannot encrypt a frame", error))?;
        out.append(&mut frame);
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Decrypts the frame `number` in place. `None` if it is not what was written there.
    pub(super) fn open_frame<'a>(
        &self,
        number: u64,
        last: bool,
        frame: &'a mut [u8],
    ) -> Option<&'a mut [u8]> {
        self.key.open_in_place(nonce(number), Aad::from(self.aad(number, last)), frame).ok()
    }

    fn aad(&self, number: u64, last: bool) -> [u8; 25] {
        let mut aad = [u8::from(last); 25];
        for (to, from) in aad.iter_mut().zip(self.id.into_iter().chain(number.to_be_bytes())) {
            *to = from;
        }
        aad
    }
}

fn magic(key: Option<&BlobKey>) -> &'static [u8; 8] {
    if key.is_some() { MAGIC_KEYED } else { MAGIC }
}

/// Whether a further key is needed to read what follows `header`.
pub(super) fn is_keyed(header: &[u8]) -> bool {
    header.starts_with(MAGIC_KEYED)
}

pub(super) fn damaged(id: &BlobId) -> StoreError {
    StoreError::corrupt(format!("blob {} was altered on disk", id.0))
}

/// Unique: every blob has a key of its own.
fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    for (to, from) in bytes.iter_mut().skip(NONCE_LEN - 8).zip(number.to_be_bytes()) {
        *to = from;
    }
    Nonce::assume_unique_for_key(bytes)
}

fn context(id: &BlobId) -> String {
    format!("blob {}", id.0)
}
