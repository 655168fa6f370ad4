//! Reading, closing and delivering ranges.

use crate::Pipeline;
use crate::batch::Batch as OpenBatch;
use crate::delivery::{Attempt, Parcel, deliver};
use crate::logfile::{LogFile, LogText};
use crate::plan::{ChainKey, Delivered, FilePlan, StoredPosition, cursor_at};
use crate::worker::Sources;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::task::JoinError;
use trailward_digest::ListedLog;
use trailward_model::journaled::{Journaled, OUTCOME_UNKNOWN};
use trailward_model::layout::Place;
use trailward_model::{RecordView, Trail};
use trailward_store::intents;
use trailward_store::stored::encode;
use trailward_store::trails::{self, status_at};
use trailward_store::{Batch, JournalEntry, Position, ReadLimit, StoreError, StoreErrorKind};

/// One read of the journal.
pub(crate) const READ: ReadLimit = ReadLimit { entries: 4096, bytes: 8 << 20 };

/// What open ranges may hold together; beyond it the largest is closed early.
const MOST_OPEN: usize = 32 << 20;

/// What closed ranges that wait for delivery may hold before reading pauses: one on its way, so that the next is
/// gathered meanwhile, but not two.
const MOST_WAITING: usize = 48 << 20;

/// How often a delivery is noted anew because its trail's topic changed meanwhile.
const MOST_CONFLICTS: usize = 64;

/// Deliveries at a time.
const MOST_RUNNING: usize = 2;

/// A range that waits for its delivery, or is on its way.
#[derive(Debug)]
pub(crate) struct Waiting {
    plan: FilePlan,
    /// The file's uncompressed bytes, while they are in memory; afterwards they are read from the journal again.
    text: Option<Bytes>,
    attempts: u32,
    /// `None` while it is on its way.
    due: Option<OffsetDateTime>,
}

impl Waiting {
    /// A range that an earlier process closed.
    pub(crate) fn again(plan: FilePlan) -> Self {
        Self { plan, text: None, attempts: 0, due: Some(OffsetDateTime::UNIX_EPOCH) }
    }

    pub(crate) fn plan(&self) -> &FilePlan {
        &self.plan
    }

    pub(crate) fn due(&self) -> Option<OffsetDateTime> {
        self.due
    }

    fn held(&self) -> usize {
        self.text.as_ref().map_or(0, Bytes::len)
    }
}

/// How a delivery ended.
#[derive(Debug)]
pub(crate) struct Done {
    chain: ChainKey,
    plan: FilePlan,
    /// The file's hash and what the bucket said.
    outcome: Result<(String, Attempt), StoreError>,
    at: OffsetDateTime,
}

impl Pipeline {
    /// Whether there is room for more records.
    pub(crate) fn may_read(&self) -> bool {
        self.waiting.values().map(Waiting::held).sum::<usize>() < MOST_WAITING
    }

    /// Reads some records into open ranges; returns how many.
    pub(crate) async fn read(&mut self) -> Result<usize, StoreError> {
        if !self.may_read() {
            return Ok(0);
        }
        let (now, end) = (self.sources.clock.now(), self.sources.journal.end());
        let entries = self.sources.journal.read(self.position, READ).await?;
        let count = entries.len();
        for entry in entries {
            self.take(entry).await?;
        }
        self.settle_inherited().await?;
        if self.position >= end {
            self.read_until = now.unix_timestamp();
        }
        Ok(count)
    }

    /// Once all that an earlier process recorded has been read: the changes it made and could not record apply.
    pub(crate) async fn settle_inherited(&mut self) -> Result<(), StoreError> {
        if self.inherited.is_empty() || self.position < self.inherited_end {
            return Ok(());
        }
        let inherited = std::mem::take(&mut self.inherited);
        self.epochs.settle_inherited(&*self.sources.catalog, &inherited, self.position).await?;
        self.apply_changes().await
    }

    async fn take(&mut self, entry: JournalEntry) -> Result<(), StoreError> {
        let JournalEntry { position, payload } = entry;
        self.settle_inherited().await?;
        let unreadable = |error| not_a_record(position, error);
        let journaled = Journaled::of(&payload);
        if let Journaled::Intent(_) = journaled {
            // Nothing happened yet; the record says what did.
            self.intents.begun(&journaled.event_id().map_err(unreadable)?, position);
            self.position = position + 1;
            return Ok(());
        }
        let record = RecordView::parse(&payload).map_err(unreadable)?;
        self.intents.completed(&record.event_id);
        let now = self.sources.clock.now();
        let account = record.recipient_account_id.as_deref().unwrap_or("");
        let mut full = Vec::new();
        for trail in self.applied.get(account).into_iter().flatten() {
            if !trail.wants(&record) {
                continue;
            }
            let chain = ChainKey {
                trail: trail.key.clone(),
                account: account.to_owned(),
                region: record.aws_region.clone().into_owned(),
            };
            // An earlier process put this record into a range already.
            if self.next.get(&chain).is_some_and(|next| position < *next) {
                continue;
            }
            let most = self.sources.timing.delivery_max_bytes;
            if self.open.get(&chain).is_some_and(|b| b.text.size() + payload.len() >= most) {
                full.push((chain, trail.version));
                continue;
            }
            self.open.push(&chain, trail.version, position, &payload, &record.event_time, now);
        }
        for (chain, version) in full {
            self.close(vec![chain.clone()]).await?;
            self.open.push(&chain, version, position, &payload, &record.event_time, now);
        }
        self.position = position + 1;
        // Who joins an organization or leaves it changes the organization's trails. A call that failed inside may have
        // made its change all the same.
        let changes_trails = ["cloudtrail.amazonaws.com", "organizations.amazonaws.com"]
            .contains(&&*record.event_source)
            && record.read_only != Some(true)
            && record
                .error_code
                .as_deref()
                .is_none_or(|code| ["InternalFailure", OUTCOME_UNKNOWN].contains(&code));
        let settled = match &record.request_id {
            Some(id) if changes_trails => {
                self.epochs.settle(&*self.sources.catalog, id, position + 1).await?
            }
            _ => false,
        };
        // A change that an earlier process settled applies here as well.
        if settled || self.next_change.is_some_and(|from| from <= self.position) {
            self.apply_changes().await?;
        }
        while let Some(chain) = self.open.overfull(MOST_OPEN) {
            self.close(vec![chain]).await?;
        }
        Ok(())
    }

    /// Brings the trails that apply up to `position`, and closes the ranges of those that changed.
    pub(crate) async fn apply_changes(&mut self) -> Result<(), StoreError> {
        let mut applied: BTreeMap<String, Vec<Arc<Trail>>> = BTreeMap::new();
        for (key, epoch) in self.epochs.at(self.position) {
            self.digests.changed(key, epoch);
            if let Some(trail) = epoch.trail.as_ref().filter(|t| t.is_logging) {
                let trail = Arc::new(trail.clone());
                for account in trail.accounts() {
                    applied.entry(account.to_owned()).or_default().push(Arc::clone(&trail));
                }
            }
        }
        self.applied = applied;
        self.end_chains().await?;
        self.start_chains().await?;
        self.next_change = self.epochs.next_change(self.position);
        self.progress.change_settled();
        let current = |chain: &ChainKey, batch: &OpenBatch| {
            let trails = self.applied.get(&chain.account).into_iter().flatten();
            trails.into_iter().any(|t| t.key == chain.trail && t.version == batch.version)
        };
        let ended = self.open.chains(|chain, batch| !current(chain, batch));
        self.close(ended).await
    }

    /// Closes the ranges that have been open long enough.
    pub(crate) async fn close_due(&mut self) -> Result<(), StoreError> {
        let limit = self.sources.clock.now() - self.sources.timing.delivery_interval;
        let due = self.open.opened_by(limit);
        self.close(due).await
    }

    /// Closes ranges: their plans, keys and delivery times are durable when this returns.
    async fn close(&mut self, chains: Vec<ChainKey>) -> Result<(), StoreError> {
        if chains.is_empty() {
            return Ok(());
        }
        let now = self.sources.clock.now();
        let mut batch = Batch::new();
        for chain in chains {
            let Some(open) = self.open.take(&chain) else { continue };
            let trail = self.epochs.version(&chain.trail, open.version);
            let Some((trail, number)) = trail.and_then(|t| Some((t, t.chain_of(&chain.account)?))) else {
                return Err(StoreError::new(
                    StoreErrorKind::Corrupt,
                    format!("version {} of trail {} is not in the catalog", open.version, chain.trail.arn()),
                ));
            };
            let place = Place {
                prefix: trail.prefix.as_deref(),
                organization: trail.organization.as_ref().map(|o| o.id.as_str()),
                account: &chain.account,
                region: &chain.region,
            };
            let plan = FilePlan {
                version: open.version,
                chain: number,
                first: open.first,
                last: open.last,
                bucket: trail.bucket.clone(),
                key: place.log_file(now, &unique()?),
                at: now.unix_timestamp(),
                validated: trail.log_file_validation,
                opened: open.opened.unix_timestamp(),
                oldest: open.oldest,
                newest: open.newest,
            };
            batch = batch
                .put(chain.plan_at(plan.first), encode(&plan)?)
                .put(chain.next_at(), encode(&StoredPosition(plan.last + 1))?);
            self.next.insert(chain.clone(), plan.last + 1);
            let waiting = Waiting { plan, text: Some(open.text.finish()), attempts: 0, due: Some(now) };
            self.waiting.insert((chain, open.first), waiting);
        }
        self.store_cursor(batch).await
    }

    /// Commits `batch` together with the cursor as it is now.
    pub(crate) async fn store_cursor(&mut self, batch: Batch) -> Result<(), StoreError> {
        let cursor = self.cursor();
        let followed = self.intents.first().unwrap_or(self.position).max(self.followed);
        let batch = intents::note_followed(batch, followed)?;
        self.sources.catalog.commit(batch.put(cursor_at(), encode(&StoredPosition(cursor))?)).await?;
        self.followed = followed;
        self.durable_cursor = cursor;
        Ok(())
    }

    /// Sends due files on their way, a few at a time.
    pub(crate) fn start_due(&mut self) {
        let now = self.sources.clock.now();
        for ((chain, _), waiting) in &mut self.waiting {
            if self.running.len() >= MOST_RUNNING {
                return;
            }
            if waiting.due.is_none_or(|due| due > now) {
                continue;
            }
            waiting.due = None;
            let trail = self.epochs.version(&chain.trail, waiting.plan.version).cloned();
            let kms_key = self.epochs.kms_key(&chain.trail);
            let (chain, plan, text) = (chain.clone(), waiting.plan.clone(), waiting.text.clone());
            let sources = Arc::clone(&self.sources);
            self.running.spawn(async move {
                let outcome = send(&sources, &chain, &plan, (trail, kms_key), text).await;
                Done { chain, plan, outcome, at: sources.clock.now() }
            });
        }
    }

    /// Notes how a delivery ended. Only now may a digest list the file, and may its records be forgotten
    /// (invariant D3).
    pub(crate) async fn finished(&mut self, done: Result<Done, JoinError>) -> Result<(), StoreError> {
        let Done { chain, plan, outcome, at } = done.map_err(|error| {
            StoreError::with_source(StoreErrorKind::Unavailable, "a delivery was ended", error)
        })?;
        let at_seconds = at.unix_timestamp();
        let mut status = self.status_of(&chain).await?;
        status.attempted = Some(at_seconds);
        let slot = (chain.clone(), plan.first);
        let mut batch = Batch::new();
        let mut delivered = None;
        match outcome {
            Ok((hash, Attempt::Accepted)) => {
                status.delivered = Some(at_seconds);
                status.delivery_error = None;
                batch = batch.delete(chain.plan_at(plan.first));
                delivered = Some(plan.clone());
                if plan.validated {
                    let log = ListedLog::new(&plan.bucket, &plan.key, hash, plan.oldest, plan.newest);
                    let waits = Delivered { chain: plan.chain, log };
                    batch = batch.put(chain.delivered_at(plan.first), encode(&waits)?);
                }
                self.waiting.remove(&slot);
                self.progress.delivered(at_seconds);
            }
            Ok((_, Attempt::Refused(code))) => {
                status.delivery_error = Some(code.to_owned());
                self.put_off(&slot, at);
            }
            Err(error) if error.kind() == StoreErrorKind::Unavailable => {
                tracing::warn!(%error, key = plan.key, "a delivery failed; it will be tried again");
                status.delivery_error = Some("InternalError".to_owned());
                self.put_off(&slot, at);
            }
            Err(error) => return Err(error),
        }
        self.note_delivery(&chain, batch, status, delivered).await
    }

    /// Commits how a delivery ended, together with the notice of a file that was delivered.
    async fn note_delivery(
        &mut self,
        chain: &ChainKey,
        batch: Batch,
        mut status: trails::DeliveryStatus,
        delivered: Option<FilePlan>,
    ) -> Result<(), StoreError> {
        let mut attempts = 0;
        loop {
            let batch = match &delivered {
                Some(plan) => self.plan_notice(chain, plan, batch.clone(), &mut status).await?,
                None => batch.clone(),
            };
            let batch = batch.put(status_at(&chain.trail), encode(&status)?);
            match self.sources.catalog.commit(batch).await {
                // The topic changed meanwhile.
                Err(error) if error.is_conflict() && attempts < MOST_CONFLICTS => attempts += 1,
                done => {
                    done?;
                    self.status.insert(chain.trail.clone(), status);
                    return Ok(());
                }
            }
        }
    }

    fn put_off(&mut self, slot: &(ChainKey, Position), at: OffsetDateTime) {
        self.progress.failed();
        let timing = self.sources.timing;
        if let Some(waiting) = self.waiting.get_mut(slot) {
            waiting.text = None;
            waiting.due = Some(at + timing.wait_after(waiting.attempts));
            waiting.attempts = waiting.attempts.saturating_add(1);
        }
    }

    pub(crate) async fn status_of(&self, chain: &ChainKey) -> Result<trails::DeliveryStatus, StoreError> {
        match self.status.get(&chain.trail) {
            Some(status) => Ok(status.clone()),
            None => trails::status(&*self.sources.catalog, &chain.trail).await,
        }
    }

    /// Whether a range of `chain` from before its trail's change `version` is still under way.
    pub(crate) fn under_way(&self, chain: &ChainKey, version: u64) -> bool {
        self.open.get(chain).is_some_and(|b| b.version < version)
            || self.waiting.iter().any(|((c, _), w)| c == chain && w.plan.version < version)
    }
}

async fn send(
    sources: &Arc<Sources>,
    chain: &ChainKey,
    plan: &FilePlan,
    (trail, kms_key): (Option<Trail>, Option<String>),
    text: Option<Bytes>,
) -> Result<(String, Attempt), StoreError> {
    let text = match (text, trail) {
        (Some(text), _) => text,
        (None, Some(trail)) => read_again(sources, chain, plan, &trail).await?,
        (None, None) => {
            return Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("the trail of {} is not in the catalog", plan.key),
            ));
        }
    };
    let build = move || crate::logfile::build(&text);
    let LogFile { compressed, hash } = tokio::task::spawn_blocking(build)
        .await
        .map_err(|error| {
            StoreError::with_source(StoreErrorKind::Unavailable, "a log file was not built", error)
        })?
        .map_err(|error| {
            StoreError::with_source(StoreErrorKind::Unavailable, "a log file was not built", error)
        })?;
    let parcel = Parcel {
        trail: &chain.trail,
        region: &chain.region,
        bucket: &plan.bucket,
        key: &plan.key,
        bytes: compressed,
        kms_key: kms_key.as_deref(),
        metadata: BTreeMap::new(),
    };
    let attempt = deliver(&sources.buckets, &*sources.journal, parcel, sources.clock.now()).await?;
    Ok((hash, attempt))
}

/// The range's records, chosen again from the journal: the same ones, since a version of a trail never changes.
async fn read_again(
    sources: &Sources,
    chain: &ChainKey,
    plan: &FilePlan,
    trail: &Trail,
) -> Result<Bytes, StoreError> {
    let mut text = LogText::default();
    let mut position = plan.first;
    while position <= plan.last {
        let entries = sources.journal.read(position, READ).await?;
        let Some(last) = entries.last() else {
            return Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("journal entry {position} is gone, but {} needs it", plan.key),
            ));
        };
        position = last.position + 1;
        for entry in entries.into_iter().filter(|e| e.position <= plan.last) {
            if let Journaled::Intent(_) = Journaled::of(&entry.payload) {
                continue;
            }
            let record =
                RecordView::parse(&entry.payload).map_err(|error| not_a_record(entry.position, error))?;
            let here = record.aws_region == chain.region
                && record.recipient_account_id.as_deref() == Some(&chain.account);
            if here && trail.wants(&record) {
                text.push(&entry.payload);
            }
        }
    }
    Ok(text.finish())
}

pub(crate) fn not_a_record(position: Position, error: serde_json::Error) -> StoreError {
    StoreError::with_source(
        StoreErrorKind::Corrupt,
        format!("journal entry {position} is not a record"),
        error,
    )
}

/// Sixteen letters and digits that make a name unique.
pub(crate) fn unique() -> Result<String, StoreError> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = [0; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "no random bytes"))?;
    Ok(random.iter().filter_map(|b| ALPHABET.get(usize::from(*b) % 62)).map(|b| char::from(*b)).collect())
}
