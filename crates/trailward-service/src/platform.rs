//! What every operation stands on.

use crate::iam::LastUsed;
use crate::identity::PolicyCache;
use crate::{Entropy, SystemEntropy};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use time::OffsetDateTime;
use trailward_bucket::Buckets;
use trailward_kms::Keys;
use trailward_model::Clock;
use trailward_organization::Organizations;
use trailward_store::seal::MasterKey;
use trailward_store::{Catalog, Journal, StoreError};
use trailward_topic::Topics;

/// Choices of the operator that operations see.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The enabled Regions, sorted.
    pub regions: Vec<String>,
    /// Host names under which buckets are addressed as `BUCKET.HOST`; the endpoint itself is path style.
    pub bucket_hosts: Vec<String>,
    /// The account that receives records of calls whose account cannot be told.
    pub primary_account: String,
}

/// Stores, clock, randomness and settings, joined once.
#[derive(Debug)]
pub struct Platform {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Everything but records.
    pub catalog: Arc<dyn Catalog>,
    /// Records.
    pub journal: Arc<dyn Journal>,
    /// Buckets and objects.
    pub buckets: Arc<Buckets>,
    /// KMS keys.
    pub keys: Keys,
    /// SNS topics.
    pub topics: Arc<Topics>,
    /// Organizations.
    pub organizations: Arc<Organizations>,
    /// Seals secrets.
    pub master: Arc<MasterKey>,
    /// The operator's choices.
    pub settings: Settings,
    pub(crate) policies: PolicyCache,
    pub(crate) last_used: LastUsed,
    silenced: AtomicBool,
}

impl Platform {
    /// Joins the parts, with the operating system's randomness.
    pub fn new(
        clock: Arc<dyn Clock>,
        catalog: Arc<dyn Catalog>,
        journal: Arc<dyn Journal>,
        buckets: Arc<Buckets>,
        master: Arc<MasterKey>,
        settings: Settings,
    ) -> Self {
        let keys = Keys::new(Arc::clone(&catalog), Arc::clone(&master));
        let topics = Arc::clone(buckets.topics());
        Self {
            clock,
            entropy: Arc::new(SystemEntropy::default()),
            catalog,
            journal,
            organizations: Arc::clone(buckets.organizations()),
            buckets,
            keys,
            topics,
            master,
            settings,
            policies: PolicyCache::default(),
            silenced: AtomicBool::new(false),
            last_used: LastUsed::default(),
        }
    }

    /// The same, with other randomness.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Writes to the catalog when access keys were last used. Cheap when none was; to be called every few minutes and
    /// at the end.
    pub async fn flush_last_used(&self) -> Result<(), StoreError> {
        self.last_used.flush(self).await
    }

    /// Whether calls can still be recorded. Once they cannot, none is performed any more: there is no unrecorded
    /// success, and no unrecorded effect beyond the calls that were under way.
    pub fn is_recording(&self) -> bool {
        !self.silenced.load(Ordering::Acquire)
    }

    /// Notes that the journal refuses records for good.
    pub(crate) fn silence(&self) {
        self.silenced.store(true, Ordering::Release);
    }

    /// Now.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}
