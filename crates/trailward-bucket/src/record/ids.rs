//! Ids that carry where to find what they name.
//!
//! 16 random bytes, then a number xored with the first eight of them: nothing about the number shows, nobody can
//! guess an id, and no index from ids to places is needed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use trailward_store::{StoreError, StoreErrorKind};

/// The version that buckets without versioning write.
pub(crate) const NULL: &str = "null";

/// Names a version; carries its place among the versions of its key.
pub(crate) struct VersionId;

impl VersionId {
    pub(crate) fn create(sequence: u64) -> Result<String, StoreError> {
        create(sequence)
    }

    /// The place of a version; `None` if that is not an id of ours.
    pub(crate) fn sequence(id: &str) -> Option<u64> {
        number(id)
    }
}

/// Names an upload; carries when it was initiated, in nanoseconds since 1970, which orders the uploads of a key.
pub(crate) struct UploadId;

impl UploadId {
    pub(crate) fn create(initiated: u64) -> Result<String, StoreError> {
        create(initiated)
    }

    pub(crate) fn initiated(id: &str) -> Option<u64> {
        number(id)
    }
}

/// Random lower-case hexadecimal digits, 32 of them.
pub(crate) fn random_hex() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

fn create(number: u64) -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    // No id begins with a dash: the AWS CLI would take it for an option.
    if let Some(first) = bytes.first_mut() {
        *first &= 0x7f;
    }
    let mask = bytes.first_chunk().copied().map_or(0, u64::from_be_bytes);
    Ok(BASE64.encode([bytes.as_slice(), &(number ^ mask).to_be_bytes()].concat()))
}

fn number(id: &str) -> Option<u64> {
    let bytes: [u8; 24] = BASE64.decode(id).ok()?.try_into().ok()?;
    let mask = u64::from_be_bytes(*bytes.first_chunk()?);
    Some(u64::from_be_bytes(*bytes.last_chunk()?) ^ mask)
}

fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    aws_lc_rs::rand::fill(bytes).map_err(|error| {
        StoreError::with_source(StoreErrorKind::Unavailable, "the system has no random numbers", error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_number_and_begin_with_a_letter() {
        for number in (0..2_000).chain([u64::MAX]) {
            let id = VersionId::create(number).unwrap();
            assert_eq!(VersionId::sequence(&id), Some(number));
            assert!(id.starts_with(|c: char| c.is_ascii_alphabetic()), "{id}");
        }
    }
}
