use super::lock;
use crate::catalog::check_batch;
use crate::{Batch, Catalog, Condition, Entry, Item, Revision, Scan, StoreError, StoreErrorKind, Write};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Mutex;

/// A [`Catalog`] in memory.
#[derive(Debug, Default)]
pub struct MemoryCatalog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    revision: Revision,
    entries: BTreeMap<Vec<u8>, Entry>,
}

impl MemoryCatalog {
    /// An empty catalog.
    pub fn new() -> Self {
        Self::default()
    }
}

impl State {
    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Absent(key) => !self.entries.contains_key(key),
            Condition::Unchanged(key, revision) => {
                self.entries.get(key).is_some_and(|entry| entry.revision == *revision)
            }
        }
    }
}

#[async_trait]
impl Catalog for MemoryCatalog {
    async fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        Ok(lock(&self.state).entries.get(key).cloned())
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Item>, StoreError> {
        let from = match &scan.after {
            Some(after) if *after >= scan.prefix => Bound::Excluded(after.as_slice()),
            _ => Bound::Included(scan.prefix.as_slice()),
        };
        let state = lock(&self.state);
        let items = state
            .entries
            .range::<[u8], _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(&scan.prefix))
            .take(scan.limit)
            .map(|(key, entry)| Item {
                key: key.clone(),
                revision: entry.revision,
                value: entry.value.clone(),
            })
            .collect();
        Ok(items)
    }

    async fn commit(&self, batch: Batch) -> Result<Revision, StoreError> {
        check_batch(&batch)?;
        let mut state = lock(&self.state);
        if !batch.conditions.iter().all(|condition| state.holds(condition)) {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                "a condition of the batch does not hold any more",
            ));
        }
        let revision = state.revision + 1;
        state.revision = revision;
        for write in batch.writes {
            match write {
                Write::Put(key, value) => state.entries.insert(key, Entry { revision, value }),
                Write::Delete(key) => state.entries.remove(&key),
            };
        }
        Ok(revision)
    }
}
