//! How far intents have been followed: the one place of the journal that recovery of unfinished calls begins at.

use crate::keys::Key;
use crate::stored::{Stored, decode, encode};
use crate::{Batch, Catalog, Position, StoreError};
use serde::{Deserialize, Serialize};

/// Every intent before this position has its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Followed(Position);

impl Stored for Followed {
    const FORMAT: u16 = 1;
}

fn followed_at() -> Vec<u8> {
    Key::new("intents-followed").into_bytes()
}

/// The position before which every intent has its record; 0 until one was noted.
pub async fn followed(catalog: &dyn Catalog) -> Result<Position, StoreError> {
    match catalog.get(&followed_at()).await? {
        Some(entry) => Ok(decode::<Followed>(&entry.value)?.0),
        None => Ok(0),
    }
}

/// Notes in `batch` that every intent before `position` has its record.
pub fn note_followed(batch: Batch, position: Position) -> Result<Batch, StoreError> {
    Ok(batch.put(followed_at(), encode(&Followed(position))?))
}
