//! Trails in the catalog: the one thing that the API writes and the pipeline reads.
//!
//! Every change of a trail is one batch: the trail's new value, and an epoch that keeps the change. The pipeline
//! follows the epochs, so a record is judged by what the trail was when it was made, however late it is delivered.

use crate::keys::Key;
use crate::stored::{Stored, decode, encode};
use crate::{Batch, Catalog, Revision, Scan, StoreError};
use std::collections::BTreeMap;
use trailward_model::{Trail, TrailEpoch, TrailKey};

/// Trails of one account and Region may not exceed five, so this is never reached in practice.
const MOST: usize = 100_000;

/// Format 2 knows organizations.
impl Stored for Trail {
    const FORMAT: u16 = 2;
    const OLDEST: u16 = 1;
}

/// Format 2 knows organizations.
impl Stored for TrailEpoch {
    const FORMAT: u16 = 2;
    const OLDEST: u16 = 1;
}

fn named(space: &str, key: &TrailKey) -> Key {
    Key::new(space).str(&key.account).str(&key.home_region).str(&key.name)
}

fn trail_at(key: &TrailKey) -> Vec<u8> {
    named("trail", key).into_bytes()
}

fn epoch_at(key: &TrailKey, version: u64) -> Vec<u8> {
    named("trail-epoch", key).u64(version).into_bytes()
}

/// One trail, with the commit that last wrote it.
pub async fn find(catalog: &dyn Catalog, key: &TrailKey) -> Result<Option<(Trail, Revision)>, StoreError> {
    match catalog.get(&trail_at(key)).await? {
        Some(entry) => Ok(Some((decode(&entry.value)?, entry.revision))),
        None => Ok(None),
    }
}

/// The trails of an account, by Region and name.
pub async fn of_account(catalog: &dyn Catalog, account: &str) -> Result<Vec<Trail>, StoreError> {
    let prefix = Key::new("trail").str(account).into_bytes();
    let items = catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
    items.iter().map(|item| decode(&item.value)).collect()
}

/// The batch that creates a trail, or replaces what was read at `revision`.
pub fn change(key: &TrailKey, revision: Option<Revision>, epoch: &TrailEpoch) -> Result<Batch, StoreError> {
    let at = trail_at(key);
    let mut batch = match revision {
        Some(revision) => Batch::new().unchanged(at.clone(), revision),
        None => Batch::new().absent(at.clone()),
    };
    batch = match &epoch.trail {
        Some(trail) => batch.put(at, encode(trail)?),
        None => batch.delete(at),
    };
    Ok(batch.put(epoch_at(key, epoch.version), encode(epoch)?))
}

/// All epochs of all trails, oldest first.
pub async fn epochs(catalog: &dyn Catalog) -> Result<BTreeMap<TrailKey, Vec<TrailEpoch>>, StoreError> {
    let prefix = Key::new("trail-epoch").into_bytes();
    let mut found: BTreeMap<TrailKey, Vec<TrailEpoch>> = BTreeMap::new();
    for item in catalog.scan(Scan { prefix, after: None, limit: MOST }).await? {
        let mut reader = crate::keys::KeyReader::new(&item.key, "trail-epoch")?;
        let key = TrailKey { account: reader.str()?, home_region: reader.str()?, name: reader.str()? };
        found.entry(key).or_default().push(decode(&item.value)?);
    }
    Ok(found)
}

/// The version of a trail's last change, deletion included; 0 if there was never a trail of this name.
pub async fn last_version(catalog: &dyn Catalog, key: &TrailKey) -> Result<u64, StoreError> {
    let prefix = named("trail-epoch", key).into_bytes();
    let items = catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
    match items.last() {
        Some(item) => Ok(decode::<TrailEpoch>(&item.value)?.version),
        None => Ok(0),
    }
}

/// Stores from where on an epoch applies.
pub fn settle(batch: Batch, key: &TrailKey, epoch: &TrailEpoch) -> Result<Batch, StoreError> {
    Ok(batch.put(epoch_at(key, epoch.version), encode(epoch)?))
}

/// Removes an epoch that no undelivered record can need any more. A trail's last epoch must stay.
pub fn forget(batch: Batch, key: &TrailKey, version: u64) -> Batch {
    batch.delete(epoch_at(key, version))
}

/// How delivery goes: written by the pipeline, shown by `GetTrailStatus`. Times are epoch seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeliveryStatus {
    /// Last log file that was accepted.
    pub delivered: Option<i64>,
    /// Why the last attempt failed; `None` after a success.
    pub delivery_error: Option<String>,
    /// Last attempt.
    pub attempted: Option<i64>,
    /// Last digest that was accepted.
    pub digest_delivered: Option<i64>,
    /// Why the last digest attempt failed; `None` after a success.
    pub digest_error: Option<String>,
    /// Last notice of a log file that the topic took.
    #[serde(default)]
    pub notified: Option<i64>,
    /// Why the last notice failed; `None` after a success.
    #[serde(default)]
    pub notification_error: Option<String>,
    /// Last attempt to give notice.
    #[serde(default)]
    pub notification_attempted: Option<i64>,
}

/// Format 2 knows notices.
impl Stored for DeliveryStatus {
    const FORMAT: u16 = 2;
    const OLDEST: u16 = 1;
}

/// Where a trail's delivery status is.
pub fn status_at(key: &TrailKey) -> Vec<u8> {
    named("trail-status", key).into_bytes()
}

/// A trail's delivery status; all empty before the first attempt.
pub async fn status(catalog: &dyn Catalog, key: &TrailKey) -> Result<DeliveryStatus, StoreError> {
    match catalog.get(&status_at(key)).await? {
        Some(entry) => decode(&entry.value),
        None => Ok(DeliveryStatus::default()),
    }
}
