//! Calls that an earlier process did not live to record.

use super::cut;
use crate::Platform;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use trailward_model::Record;
use trailward_model::journaled::{Journaled, OUTCOME_UNKNOWN};
use trailward_store::{Batch, Position, ReadLimit, StoreError, StoreErrorKind, intents};

const READ: ReadLimit = ReadLimit { entries: 4096, bytes: 8 << 20 };

const MESSAGE: &str =
    "The service stopped before the outcome of this call was recorded. Its effect may be there or not.";

/// Writes the record of every call whose intent is in the journal and whose record is not (invariant A3): the intent's,
/// with the `errorCode` [`OUTCOME_UNKNOWN`]. Returns how many. To be called before the first call is let in. What is
/// held in memory are the intents without a record, as many as calls were under way.
pub async fn complete_unfinished(platform: &Platform) -> Result<usize, StoreError> {
    let journal = &*platform.journal;
    let end = journal.end();
    let mut position = intents::followed(&*platform.catalog).await?.max(journal.start());
    let mut open: BTreeMap<Position, Bytes> = BTreeMap::new();
    let mut places: HashMap<String, Position> = HashMap::new();
    while position < end {
        let entries = journal.read(position, READ).await?;
        let Some(last) = entries.last() else { break };
        position = last.position + 1;
        for entry in entries {
            let journaled = Journaled::of(&entry.payload);
            let id = journaled.event_id().map_err(|error| unreadable(entry.position, error))?;
            match journaled {
                Journaled::Intent(_) => {
                    places.insert(id.into_owned(), entry.position);
                    open.insert(entry.position, entry.payload);
                }
                Journaled::Record(_) => {
                    if let Some(place) = places.remove(&*id) {
                        open.remove(&place);
                    }
                }
            }
        }
    }
    for (place, payload) in &open {
        let (Journaled::Intent(json) | Journaled::Record(json)) = Journaled::of(payload);
        let mut record: Record = serde_json::from_slice(json).map_err(|error| unreadable(*place, error))?;
        record.error_code = Some(OUTCOME_UNKNOWN.to_owned());
        record.error_message = Some(cut(MESSAGE.to_owned()));
        tracing::warn!(
            event = record.event_id,
            name = record.event_name,
            "a call was cut off by the end of an earlier process; its record says that its outcome is unknown"
        );
        let bytes = serde_json::to_vec(&record).map_err(|error| unreadable(*place, error))?;
        journal.append(Bytes::from(bytes)).await?;
    }
    let batch = intents::note_followed(Batch::new(), journal.end())?;
    platform.catalog.commit(batch).await?;
    Ok(open.len())
}

fn unreadable(position: Position, error: serde_json::Error) -> StoreError {
    StoreError::with_source(
        StoreErrorKind::Corrupt,
        format!("journal entry {position} is neither a record nor an intent"),
        error,
    )
}
