//! Intents that were read and whose records were not: the journal keeps them until then.

use crate::Sources;
use crate::reader::{READ, not_a_record};
use std::collections::{BTreeSet, HashMap};
use trailward_model::journaled::Journaled;
use trailward_store::{Position, StoreError};

/// As many as calls are under way, at most.
#[derive(Debug, Default)]
pub(crate) struct OpenIntents {
    places: HashMap<Box<str>, Position>,
    order: BTreeSet<Position>,
}

impl OpenIntents {
    /// Those that an earlier worker of this process has read, and whose calls may be under way still: `followed` is where
    /// the oldest of them can be, `cursor` where this worker begins to read.
    pub(crate) async fn before(
        cursor: Position,
        sources: &Sources,
        followed: Position,
    ) -> Result<Self, StoreError> {
        let mut open = Self::default();
        let mut position = followed.max(sources.journal.start());
        while position < cursor {
            let entries = sources.journal.read(position, READ).await?;
            let Some(last) = entries.last() else { break };
            position = last.position + 1;
            for entry in entries.into_iter().filter(|entry| entry.position < cursor) {
                let journaled = Journaled::of(&entry.payload);
                let id = journaled.event_id().map_err(|error| not_a_record(entry.position, error))?;
                match journaled {
                    Journaled::Intent(_) => open.begun(&id, entry.position),
                    Journaled::Record(_) => open.completed(&id),
                }
            }
        }
        Ok(open)
    }

    pub(crate) fn begun(&mut self, event_id: &str, position: Position) {
        self.places.insert(event_id.into(), position);
        self.order.insert(position);
    }

    pub(crate) fn completed(&mut self, event_id: &str) {
        if let Some(position) = self.places.remove(event_id) {
            self.order.remove(&position);
        }
    }

    /// The oldest one.
    pub(crate) fn first(&self) -> Option<Position> {
        self.order.first().copied()
    }
}
