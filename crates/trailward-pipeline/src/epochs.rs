//! What every trail was at every position.

use std::collections::BTreeMap;
use trailward_model::{Trail, TrailEpoch, TrailKey};
use trailward_store::{Batch, Catalog, Position, StoreError, trails};

/// The epochs of all trails, kept in step with the catalog.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    trails: BTreeMap<TrailKey, Vec<TrailEpoch>>,
}

impl Epochs {
    /// Reads all epochs.
    pub(crate) async fn load(catalog: &dyn Catalog) -> Result<Self, StoreError> {
        Ok(Self { trails: trails::epochs(catalog).await? })
    }

    /// Settles the changes that the call `request_id` made, if it made any: they apply from `position` on, and so do the
    /// trails' earlier changes whose own records come later. Durable when this returns.
    pub(crate) async fn settle(
        &mut self,
        catalog: &dyn Catalog,
        request_id: &str,
        position: Position,
    ) -> Result<bool, StoreError> {
        let fresh = trails::epochs(catalog).await?;
        self.trails = fresh;
        let made: Vec<(TrailKey, u64)> = self
            .trails
            .iter()
            .filter_map(|(key, epochs)| {
                let epoch = epochs.iter().find(|e| e.effective.is_none() && e.cause == request_id)?;
                Some((key.clone(), epoch.version))
            })
            .collect();
        for (key, version) in &made {
            self.settle_up_to(catalog, key, *version, position).await?;
        }
        Ok(!made.is_empty())
    }

    /// The last unsettled change of every trail.
    pub(crate) fn pending(&self) -> Vec<(TrailKey, u64)> {
        let last =
            |epochs: &Vec<TrailEpoch>| epochs.iter().rev().find(|e| e.effective.is_none()).map(|e| e.version);
        self.trails.iter().filter_map(|(key, epochs)| Some((key.clone(), last(epochs)?))).collect()
    }

    /// Settles changes whose own records can no longer appear: made by a process that is gone, which everything in
    /// the journal before `position` came from.
    pub(crate) async fn settle_inherited(
        &mut self,
        catalog: &dyn Catalog,
        inherited: &[(TrailKey, u64)],
        position: Position,
    ) -> Result<(), StoreError> {
        for (key, version) in inherited {
            self.settle_up_to(catalog, key, *version, position).await?;
        }
        Ok(())
    }

    /// The first position after `position` from which on a settled change applies.
    pub(crate) fn next_change(&self, position: Position) -> Option<Position> {
        self.trails.values().flatten().filter_map(|e| e.effective).filter(|from| *from > position).min()
    }

    async fn settle_up_to(
        &mut self,
        catalog: &dyn Catalog,
        key: &TrailKey,
        version: u64,
        position: Position,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for epoch in self.trails.get_mut(key).into_iter().flatten() {
            if epoch.version <= version && epoch.effective.is_none() {
                epoch.effective = Some(position);
                batch = trails::settle(batch, key, epoch)?;
            }
        }
        if batch.writes.is_empty() { Ok(()) } else { catalog.commit(batch).await.map(drop) }
    }

    /// Every trail with the change that applies at `position`.
    pub(crate) fn at(&self, position: Position) -> impl Iterator<Item = (&TrailKey, &TrailEpoch)> {
        self.trails.iter().filter_map(move |(key, epochs)| {
            let applies = |e: &&TrailEpoch| e.effective.is_some_and(|from| from <= position);
            epochs.iter().rev().find(applies).map(|epoch| (key, epoch))
        })
    }

    /// The changes of a trail that apply at `position`, oldest first.
    pub(crate) fn of(&self, key: &TrailKey, position: Position) -> impl Iterator<Item = &TrailEpoch> {
        let epochs = self.trails.get(key).into_iter().flatten();
        epochs.filter(move |epoch| epoch.effective.is_some_and(|from| from <= position))
    }

    /// The trail as the change `version` left it.
    pub(crate) fn version(&self, key: &TrailKey, version: u64) -> Option<&Trail> {
        self.trails.get(key)?.iter().find(|e| e.version == version)?.trail.as_ref()
    }

    /// ARN of the KMS key that the trail encrypts under now, whatever it was when a range was planned: files that wait
    /// because of a key get through once the trail has a better one.
    pub(crate) fn kms_key(&self, key: &TrailKey) -> Option<String> {
        self.trails.get(key)?.iter().rev().find_map(|epoch| epoch.trail.as_ref())?.kms_key.clone()
    }

    /// ARN of the topic that the trail tells of its files now.
    pub(crate) fn sns_topic_arn(&self, key: &TrailKey) -> Option<String> {
        self.trails.get(key)?.iter().rev().find_map(|epoch| epoch.trail.as_ref())?.sns_topic_arn()
    }

    /// Forgets epochs that ended before `cursor` and that no plan in `used` names. A trail's last one stays.
    pub(crate) async fn prune(
        &mut self,
        catalog: &dyn Catalog,
        cursor: Position,
        used: impl Fn(&TrailKey, u64) -> bool,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        for (key, epochs) in &mut self.trails {
            while let [old, next, ..] = epochs.as_slice() {
                if next.effective.is_none_or(|from| from > cursor) || used(key, old.version) {
                    break;
                }
                batch = trails::forget(batch, key, old.version);
                epochs.remove(0);
            }
        }
        if batch.writes.is_empty() { Ok(()) } else { catalog.commit(batch).await.map(drop) }
    }
}
