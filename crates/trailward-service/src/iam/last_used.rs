//! When access keys were last used. Noted in memory for every call, written to the catalog now and then: losing the
//! last minutes of it in a crash costs nobody anything, a commit per call would.

use crate::Platform;
use crate::call::Call;
use crate::iam::state::failed;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, StoreError};
use trailward_wire::ApiError;

/// Keys written in one commit.
const AT_ONCE: usize = 500;

/// The last use of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUse {
    /// The service's name in credential scopes.
    pub service: String,
    pub region: String,
    /// Epoch seconds.
    pub at: i64,
}

impl Stored for LastUse {
    const FORMAT: u16 = 1;
}

/// Where a key's last use is in the catalog.
pub(super) fn at(key_id: &str) -> Vec<u8> {
    Key::new("access-key-last-used").str(key_id).into_bytes()
}

/// Uses that are not in the catalog yet, by key. There are never more than there are keys: only calls whose
/// signature was verified are noted.
#[derive(Debug, Default)]
pub(crate) struct LastUsed(Mutex<HashMap<String, LastUse>>);

impl LastUsed {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, LastUse>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a use.
    pub(crate) fn touch(&self, key_id: &str, service: &str, region: &str, now: OffsetDateTime) {
        let used = LastUse { service: service.into(), region: region.into(), at: now.unix_timestamp() };
        self.lock().insert(key_id.to_owned(), used);
    }

    /// The key is gone.
    pub(super) fn forget(&self, key_id: &str) {
        self.lock().remove(key_id);
    }

    /// The last use of a key; `None` if it was never used.
    pub(super) async fn of(&self, key_id: &str, call: &Call) -> Result<Option<LastUse>, ApiError> {
        if let Some(used) = self.lock().get(key_id) {
            return Ok(Some(used.clone()));
        }
        let entry = call.platform.catalog.get(&at(key_id)).await.map_err(failed)?;
        entry.map(|entry| decode(&entry.value).map_err(failed)).transpose()
    }

    /// Writes what was noted since the last time to the catalog.
    pub(crate) async fn flush(&self, platform: &Platform) -> Result<(), StoreError> {
        let noted: Vec<(String, LastUse)> =
            self.lock().iter().map(|(id, used)| (id.clone(), used.clone())).collect();
        for uses in noted.chunks(AT_ONCE) {
            let mut batch = Batch::new();
            for (id, used) in uses {
                batch = batch.put(at(id), encode(used)?);
            }
            platform.catalog.commit(batch).await?;
            let mut left = self.lock();
            for (id, used) in uses {
                // A use since then stays for the next time.
                if left.get(id) == Some(used) {
                    left.remove(id);
                }
            }
        }
        Ok(())
    }
}
