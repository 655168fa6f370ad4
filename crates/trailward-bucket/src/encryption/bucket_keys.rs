use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use trailward_store::BlobKey;

/// How long a bucket key is used, in seconds. Longer saves calls of KMS, shorter notices sooner in KMS's records who
/// still uses a key; permissions and the key's state are asked every time.
const LIFETIME: i64 = 300;

/// Bucket keys that are kept.
const MOST: usize = 1024;

/// Data keys that many objects of a bucket share for a while, in memory.
///
/// Source: S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys".
#[derive(Debug, Default)]
pub(crate) struct BucketKeys(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The wrapped key that new objects get.
    newest: HashMap<Scope, (String, i64)>,
    /// By the wrapped key.
    keys: HashMap<String, (BlobKey, i64)>,
}

/// What shares a bucket key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub(super) bucket_id: String,
    pub(super) kms_key: String,
    pub(super) context: BTreeMap<String, String>,
}

impl BucketKeys {
    fn lock(&self, now: i64) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.keys.len() >= MOST || kept.newest.len() >= MOST {
            *kept = Kept::default();
        }
        kept.newest.retain(|_, (_, made)| now - *made < LIFETIME);
        kept.keys.retain(|_, (_, made)| now - *made < LIFETIME);
        kept
    }

    /// The key for new objects, with its wrapped form.
    pub(super) fn newest(&self, scope: &Scope, now: i64) -> Option<(BlobKey, String)> {
        let kept = self.lock(now);
        let (wrapped, _) = kept.newest.get(scope)?;
        let (key, _) = kept.keys.get(wrapped)?;
        Some((key.clone(), wrapped.clone()))
    }

    /// The key of an object that was written before.
    pub(super) fn of(&self, wrapped: &str, now: i64) -> Option<BlobKey> {
        self.lock(now).keys.get(wrapped).map(|(key, _)| key.clone())
    }

    /// Keeps a key, and uses it for new objects of `scope` if there is one.
    pub(super) fn keep(&self, scope: Option<Scope>, wrapped: &str, key: &BlobKey, now: i64) {
        let mut kept = self.lock(now);
        kept.keys.insert(wrapped.to_owned(), (key.clone(), now));
        if let Some(scope) = scope {
            kept.newest.insert(scope, (wrapped.to_owned(), now));
        }
    }
}
