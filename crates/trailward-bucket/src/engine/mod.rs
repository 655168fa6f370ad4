//! What all operations stand on: loading, locking, committing, and the way of bytes in and out.

mod commit;
mod content;
pub mod inspect;
mod pending;
mod spool;
mod state;
mod sweep;

pub(crate) use commit::{Origin, Plan, Told};
pub(crate) use pending::Pending;
pub(crate) use spool::{Demands, Spooled};
pub(crate) use state::{KeyState, shows_versions};

use crate::encryption::BucketKeys;
use crate::record::{self, Bucket, key};
use crate::{BucketError, Grant};
use bytes::Bytes;
use futures::stream::BoxStream;
use pending::PendingSet;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::MutexGuard;
use trailward_kms::Keys;
use trailward_model::Clock;
use trailward_organization::Organizations;
use trailward_policy::{Policy, PolicyKind};
use trailward_store::seal::MasterKey;
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, Blobs, Catalog, Revision};
use trailward_topic::Topics;

/// The bytes of an object, in order, on their way in or out.
pub type Body = BoxStream<'static, Result<Bytes, BucketError>>;

/// Buckets that are kept parsed.
const CACHED: usize = 1024;

/// Locks that the keys share.
const LOCKS: usize = 256;

/// How often a commit is decided anew after it lost against another one.
const ATTEMPTS: usize = 64;

/// All buckets of a catalog and a set of blobs. See the crate's documentation.
#[derive(Debug)]
pub struct Buckets {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) keys: Keys,
    topics: Arc<Topics>,
    clock: Arc<dyn Clock>,
    /// How long a day of lifecycle rules lasts, in seconds.
    day: i64,
    cache: Mutex<HashMap<String, Arc<Loaded>>>,
    pub(crate) bucket_keys: BucketKeys,
    organizations: Arc<Organizations>,
    pending: PendingSet,
    /// Spare writers of one key in this process the trouble of losing commits against each other. What keeps keys
    /// whole are the conditions of the commits, also between processes.
    locks: Vec<tokio::sync::Mutex<()>>,
    hasher: RandomState,
}

/// A bucket with its policy compiled.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) revision: Revision,
    pub(crate) bucket: Bucket,
    pub(crate) policy: Option<Policy>,
    pub(crate) policy_is_public: bool,
}

impl Buckets {
    /// The buckets in `catalog`, their bytes in `blobs`, those of some
    /// objects encrypted under KMS keys, which are sealed under `master`. Nothing is read yet.
    pub fn new(
        catalog: Arc<dyn Catalog>,
        blobs: Arc<dyn Blobs>,
        clock: Arc<dyn Clock>,
        master: Arc<MasterKey>,
    ) -> Self {
        let keys = Keys::new(Arc::clone(&catalog), Arc::clone(&master));
        let topics = Arc::new(Topics::new(Arc::clone(&catalog), master, Arc::clone(&clock)));
        Self {
            organizations: Arc::new(Organizations::new(Arc::clone(&catalog))),
            catalog,
            blobs,
            keys,
            topics,
            clock,
            day: 86_400,
            cache: Mutex::default(),
            bucket_keys: BucketKeys::default(),
            pending: PendingSet::default(),
            locks: std::iter::repeat_with(tokio::sync::Mutex::default).take(LOCKS).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The same, with days of lifecycle rules and restored copies that last `day`, at least a second.
    #[must_use]
    pub fn with_lifecycle_day(mut self, day: std::time::Duration) -> Self {
        self.day = i64::try_from(day.as_secs()).unwrap_or(i64::MAX).max(1);
        self
    }

    /// Whether an account is closed: nothing is done with its things any more.
    pub(crate) async fn is_closed(&self, account: &str) -> Result<bool, BucketError> {
        Ok(self.organizations.standing(account).await?.is_some_and(|standing| standing.is_closed))
    }

    /// The organizations in the same catalog, whose control policies bind buckets and callers. One process has one.
    pub fn organizations(&self) -> &Arc<Organizations> {
        &self.organizations
    }

    /// The topics in the same catalog, which get events of buckets. One process has one.
    pub fn topics(&self) -> &Arc<Topics> {
        &self.topics
    }

    pub(crate) fn day(&self) -> i64 {
        self.day
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// The time itself.
    pub(crate) fn time(&self) -> time::OffsetDateTime {
        self.clock.now()
    }

    /// Milliseconds since 1970: locks are kept that exactly.
    pub(crate) fn now_millis(&self) -> i64 {
        i64::try_from(self.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// Nanoseconds since 1970.
    pub(crate) fn now_nanos(&self) -> u64 {
        u64::try_from(self.clock.now().unix_timestamp_nanos()).unwrap_or_default()
    }

    /// The bucket as it is now. What was parsed before is used again if it has not changed.
    pub(crate) async fn load(&self, name: &str) -> Result<Arc<Loaded>, BucketError> {
        let Some(entry) = self.catalog.get(key::bucket(name).as_bytes()).await? else {
            self.cache().remove(name);
            return Err(BucketError::NoSuchBucket(name.to_owned()));
        };
        if let Some(loaded) = self.cache().get(name)
            && loaded.revision == entry.revision
        {
            return Ok(loaded.clone());
        }
        let bucket: Bucket = decode(&entry.value)?;
        let policy = bucket.policy.as_deref().map(parse_stored).transpose()?;
        let policy_is_public = policy.as_ref().is_some_and(Policy::is_public);
        let loaded = Arc::new(Loaded { revision: entry.revision, bucket, policy, policy_is_public });
        let mut cache = self.cache();
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(name.to_owned(), loaded.clone());
        Ok(loaded)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Loaded>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first step of every operation: the grant is for this, and for the bucket of now.
    pub(crate) async fn enter(&self, grant: &Grant, actions: &[&str]) -> Result<Arc<Loaded>, BucketError> {
        grant.permits(actions)?;
        let name = grant.bucket()?;
        let loaded = self.load(name).await?;
        if grant.bucket_id() == Some(loaded.bucket.id.as_str()) {
            Ok(loaded)
        } else {
            Err(BucketError::NoSuchBucket(name.to_owned()))
        }
    }

    /// Changes a bucket's configuration; `change` may be called again after a lost commit.
    pub(crate) async fn configure(
        &self,
        grant: &Grant,
        actions: &[&str],
        change: impl Fn(&mut Bucket) -> Result<(), BucketError> + Send + Sync,
    ) -> Result<(), BucketError> {
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, actions).await?;
            let mut bucket = loaded.bucket.clone();
            change(&mut bucket)?;
            match self.store(&loaded, &bucket, Batch::new()).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    /// Writes a bucket back, if it is still as it was loaded.
    pub(crate) async fn store(
        &self,
        loaded: &Loaded,
        bucket: &Bucket,
        batch: Batch,
    ) -> Result<(), BucketError> {
        let at = key::bucket(&bucket.name);
        let batch = batch.unchanged(at.clone(), loaded.revision).put(at, encode(bucket)?);
        self.catalog.commit(batch).await?;
        Ok(())
    }

    /// Keeps other writers of the key in this process waiting.
    pub(crate) async fn lock(&self, bucket: &str, key: &str) -> Option<MutexGuard<'_, ()>> {
        let hash = usize::try_from(self.hasher.hash_one((bucket, key)) % LOCKS as u64).unwrap_or_default();
        match self.locks.get(hash) {
            Some(lock) => Some(lock.lock().await),
            None => None,
        }
    }
}

/// Bounds how often something is tried.
pub(crate) struct Attempts(usize);

impl Attempts {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Call after a lost commit; `OperationAborted` if that happens without end.
    pub(crate) async fn again(&mut self) -> Result<(), BucketError> {
        self.0 += 1;
        if self.0 >= ATTEMPTS {
            return Err(BucketError::OperationAborted);
        }
        tokio::task::yield_now().await;
        Ok(())
    }
}

/// Compiles a policy that was checked when it was put.
fn parse_stored(text: &str) -> Result<Policy, BucketError> {
    Policy::parse(text, PolicyKind::Resource).map_err(|error| {
        BucketError::Internal(trailward_store::StoreError::with_source(
            trailward_store::StoreErrorKind::Corrupt,
            "a bucket's stored policy does not parse",
            error,
        ))
    })
}

/// A new bucket's id.
pub(crate) fn bucket_id() -> Result<String, BucketError> {
    Ok(record::random_hex()?)
}
