//! The worker: one loop that reads, closes, delivers, signs and rests.

use crate::batch::Open;
use crate::chains::{DeliveryExtent, Standing};
use crate::digests::Digests;
use crate::epochs::Epochs;
use crate::intents::OpenIntents;
use crate::plan::{ChainKey, FilePlan};
use crate::signing::Signing;
use crate::{Progress, Timing};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use trailward_bucket::Buckets;
use trailward_model::{Clock, Trail, TrailKey};
use trailward_store::seal::MasterKey;
use trailward_store::trails::DeliveryStatus;
use trailward_store::{Catalog, Journal, Position, StoreError, intents};

use crate::reader::{Done, Waiting};

/// The longest rest: due times are looked at at least this often.
const MOST_REST: Duration = Duration::from_millis(500);

/// The shortest rest, so that many due times close together do not become a busy loop.
const LEAST_REST: Duration = Duration::from_millis(5);

/// How long records gather before they are read.
const GATHER: Duration = Duration::from_millis(20);

/// What the pipeline works on.
#[derive(Debug)]
pub struct Sources {
    /// Trails, plans, chains.
    pub catalog: Arc<dyn Catalog>,
    /// Records.
    pub journal: Arc<dyn Journal>,
    /// Where files go.
    pub buckets: Arc<Buckets>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Unseals signing keys.
    pub master: Arc<MasterKey>,
    /// The enabled Regions: a multi-Region trail has a digest chain in each.
    pub regions: Vec<String>,
    /// How often.
    pub timing: Timing,
}

/// The worker with all its state.
#[derive(Debug)]
pub struct Pipeline {
    pub(crate) sources: Arc<Sources>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) signing: Arc<Signing>,
    pub(crate) epochs: Epochs,
    /// Changes made by earlier processes whose own records may be missing, until `inherited_end` has been read.
    pub(crate) inherited: Vec<(TrailKey, u64)>,
    pub(crate) inherited_end: Position,
    /// The trails that apply at `position`, by account.
    pub(crate) applied: BTreeMap<String, Vec<Arc<Trail>>>,
    pub(crate) next_change: Option<Position>,
    /// The next record to read.
    pub(crate) position: Position,
    /// The cursor as the catalog has it.
    pub(crate) durable_cursor: Position,
    pub(crate) open: Open<ChainKey>,
    /// All that was recorded before this moment has been read. Epoch seconds.
    pub(crate) read_until: i64,
    pub(crate) intents: OpenIntents,
    /// The position before which every intent has its record, as the catalog has it.
    pub(crate) followed: Position,
    /// Where each chain's next range may begin; only needed for records that an earlier process put into a range.
    pub(crate) next: BTreeMap<ChainKey, Position>,
    pub(crate) waiting: BTreeMap<(ChainKey, Position), Waiting>,
    pub(crate) running: JoinSet<Done>,
    pub(crate) status: BTreeMap<TrailKey, DeliveryStatus>,
    pub(crate) digests: Digests,
}

impl Pipeline {
    /// Takes up where the last process stopped. Call before the API accepts requests.
    pub async fn open(sources: Sources) -> Result<Self, StoreError> {
        let standing = Standing::load(&*sources.catalog).await?;
        let epochs = Epochs::load(&*sources.catalog).await?;
        let followed = intents::followed(&*sources.catalog).await?;
        let cursor = standing.cursor;
        let (start, end) = (sources.journal.start(), sources.journal.end());
        // Going on anywhere else would pass records by.
        let reached = standing.next.values().copied().fold(cursor, Position::max);
        if !(DeliveryExtent { cursor, reached }).fits(start, end) {
            return Err(StoreError::corrupt(format!(
                "delivery stands at entry {cursor} and has seen entries up to {reached}, of a journal that holds entries {start} to {end}: the journal or the catalog is not the one that belongs to the other, or was put back from an older copy"
            )));
        }
        let waiting = standing.plans.into_iter().map(|(chain, plan)| {
            let key = (chain, plan.first);
            (key, Waiting::again(plan))
        });
        let mut pipeline = Self {
            progress: Arc::new(Progress::default()),
            signing: Arc::new(Signing::default()),
            inherited: epochs.pending(),
            inherited_end: sources.journal.end(),
            epochs,
            applied: BTreeMap::new(),
            next_change: None,
            position: cursor,
            durable_cursor: standing.cursor,
            open: Open::default(),
            read_until: 0,
            intents: OpenIntents::before(cursor, &sources, followed).await?,
            followed,
            next: standing.next,
            waiting: waiting.collect(),
            running: JoinSet::new(),
            status: BTreeMap::new(),
            digests: Digests::new(standing.heads, standing.digest_plans, standing.closed),
            sources: Arc::new(sources),
        };
        pipeline.apply_changes().await?;
        pipeline.settle_inherited().await?;
        Ok(pipeline)
    }

    /// How far it has come.
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Works until `stop` becomes true, then lets deliveries that have begun end. Open ranges stay in the journal
    /// for the next process. An error means that a store failed: nothing is lost, but this worker is over.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), StoreError> {
        while !*stop.borrow() {
            let busy = self.turn().await?;
            if busy {
                continue;
            }
            let rest = self.rest();
            tokio::select! {
                grown = self.sources.journal.wait_beyond(self.position), if self.may_read() => {
                    grown?;
                    // Some more will come, and reading them together costs what reading one does.
                    tokio::time::sleep(GATHER).await;
                }
                Some(done) = self.running.join_next(), if !self.running.is_empty() => self.finished(done).await?,
                () = tokio::time::sleep(rest) => {}
                _ = stop.changed() => {}
            }
        }
        while let Some(done) = self.running.join_next().await {
            self.finished(done).await?;
        }
        Ok(())
    }

    /// Works until nothing is due at the present time and no delivery is under way. For those who own the clock.
    pub async fn work_off(&mut self) -> Result<(), StoreError> {
        loop {
            let busy = self.turn().await?;
            if let Some(done) = self.running.join_next().await {
                self.finished(done).await?;
            } else if !busy {
                return Ok(());
            }
        }
    }

    /// One round of everything that is due. True if there is more to do at once.
    async fn turn(&mut self) -> Result<bool, StoreError> {
        let read = self.read().await?;
        self.close_due().await?;
        while let Some(done) = self.running.try_join_next() {
            self.finished(done).await?;
        }
        self.start_due();
        let signed = self.digest_due().await?;
        self.tidy(read == 0).await?;
        Ok(read > 0 || signed)
    }

    /// Until when nothing is due.
    fn rest(&self) -> Duration {
        let now = self.sources.clock.now();
        let due = self.open.oldest().map(|opened| opened + self.sources.timing.delivery_interval);
        let due = due.into_iter().chain(self.waiting.values().filter_map(Waiting::due)).min();
        let wait = due.map_or(MOST_REST, |due| (due - now).try_into().unwrap_or(Duration::ZERO));
        wait.clamp(LEAST_REST, MOST_REST)
    }

    /// The first journal position that is still needed: nothing before it may be lost.
    pub(crate) fn cursor(&self) -> Position {
        self.open.first().unwrap_or(self.position)
    }

    /// Gives back what is no longer needed, and shows how far the work has come.
    async fn tidy(&mut self, idle: bool) -> Result<(), StoreError> {
        const STRIDE: u64 = 8_192;
        let cursor = self.cursor();
        let stale = cursor.saturating_sub(self.durable_cursor);
        if stale >= STRIDE || (idle && stale >= STRIDE / 8) {
            self.store_cursor(trailward_store::Batch::new()).await?;
            let waiting: Vec<&FilePlan> = self.waiting.values().map(Waiting::plan).collect();
            let needed =
                waiting.iter().map(|plan| plan.first).min().unwrap_or(cursor).min(self.durable_cursor);
            // A call that is under way may end after any crash.
            let needed = self.intents.first().map_or(needed, |first| first.min(needed));
            let used: Vec<(TrailKey, u64)> =
                self.waiting.iter().map(|((chain, _), w)| (chain.trail.clone(), w.plan().version)).collect();
            let open = &self.open;
            let used = |key: &TrailKey, version: u64| {
                used.iter().any(|(k, v)| k == key && *v == version)
                    || !open.chains(|chain, batch| chain.trail == *key && batch.version == version).is_empty()
            };
            self.epochs.prune(&*self.sources.catalog, needed, used).await?;
            self.sources.journal.trim(needed).await?;
        }
        let oldest_plan = self.waiting.values().map(|w| w.plan().opened).min();
        let oldest_open = self.open.oldest().map(time::OffsetDateTime::unix_timestamp);
        let oldest = oldest_plan.into_iter().chain(oldest_open).min().unwrap_or(0);
        let undelivered = self.waiting.values().map(|w| w.plan().first).min().unwrap_or(cursor).min(cursor);
        self.progress.moved(undelivered, oldest, self.sources.journal.end());
        Ok(())
    }
}
