//! The digest job: for each chain, each interval, hash what was delivered, link, sign, put.

use crate::Pipeline;
use crate::chains::undigested;
use crate::delivery::{Attempt, Parcel, deliver};
use crate::logfile::gzip;
use crate::plan::{ChainKey, DigestPlan, Head, StoredPosition};
use crate::reader::unique;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trailward_digest::{DigestFile, Previous, sha256_hex, string_to_sign};
use trailward_model::layout::Place;
use trailward_model::{Trail, TrailEpoch, TrailKey, stamp};
use trailward_store::stored::encode;
use trailward_store::trails::status_at;
use trailward_store::{Batch, StoreError, StoreErrorKind};

/// Log files one digest lists at most; the next one lists the rest.
const MOST_LISTED: usize = 2_000;

/// A chain that is further behind than this many intervals catches up with one long window.
const MOST_BEHIND: i64 = 100;

/// All chains of digests.
#[derive(Debug)]
pub(crate) struct Digests {
    /// By the number of the change that started the chain: one that ends may still stand beside the next.
    heads: BTreeMap<(ChainKey, u64), Head>,
    plans: BTreeMap<(ChainKey, u64), DigestPlan>,
    /// The last chain that ended. What is read again after a crash must not start it anew.
    closed: BTreeMap<ChainKey, u64>,
    /// The trails whose files are to be covered now; `None` for those that stopped, were deleted or do not validate.
    trails: BTreeMap<TrailKey, (u64, Option<Trail>, i64)>,
    put_off: BTreeMap<ChainKey, (u32, OffsetDateTime)>,
}

impl Digests {
    pub(crate) fn new(
        heads: BTreeMap<(ChainKey, u64), Head>,
        plans: BTreeMap<(ChainKey, u64), DigestPlan>,
        closed: BTreeMap<ChainKey, u64>,
    ) -> Self {
        Self { heads, plans, closed, trails: BTreeMap::new(), put_off: BTreeMap::new() }
    }

    /// Notes what a trail is now.
    pub(crate) fn changed(&mut self, key: &TrailKey, epoch: &TrailEpoch) {
        let covered = epoch.trail.clone().filter(|t| t.is_logging && t.log_file_validation);
        self.trails.insert(key.clone(), (epoch.version, covered, epoch.at));
    }
}

impl Pipeline {
    /// Plans and delivers every digest that is due. True if one was delivered.
    pub(crate) async fn digest_due(&mut self) -> Result<bool, StoreError> {
        let now = self.sources.clock.now();
        let mut oldest: BTreeMap<ChainKey, u64> = BTreeMap::new();
        for (chain, number) in self.digests.heads.keys() {
            // Keys are in order, so the first number is the lowest: a chain ends before the next one goes on.
            oldest.entry(chain.clone()).or_insert(*number);
        }
        let mut signed = false;
        for (chain, number) in oldest {
            if self.digests.put_off.get(&chain).is_some_and(|(_, due)| *due > now) {
                continue;
            }
            let slot = (chain.clone(), number);
            if !self.digests.plans.contains_key(&slot) {
                self.plan_digest(&chain, number, now.unix_timestamp()).await?;
            }
            if self.digests.plans.contains_key(&slot) {
                signed |= self.send_digest(&chain, number, now).await?;
            }
        }
        Ok(signed)
    }

    /// Notes for every chain that a change ended when that was: its last digest covers no more than was recorded, however
    /// late it is delivered.
    pub(crate) async fn end_chains(&mut self) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        let mut ended = Vec::new();
        for ((chain, number), head) in self.digests.heads.iter().filter(|(_, head)| head.ended.is_none()) {
            let later = self.epochs.of(&chain.trail, self.position).filter(|epoch| epoch.version > *number);
            let end = later.into_iter().find(|epoch| {
                let covered = epoch.trail.as_ref().filter(|t| t.is_logging && t.log_file_validation);
                covered.is_none_or(|trail| !continues(trail, chain, *number))
            });
            if let Some(epoch) = end {
                let head = Head { ended: Some(epoch.at), ..head.clone() };
                batch = batch.put(chain.head_at(*number), encode(&head)?);
                ended.push(((chain.clone(), *number), head));
            }
        }
        if !ended.is_empty() {
            self.sources.catalog.commit(batch).await?;
            self.digests.heads.extend(ended);
        }
        Ok(())
    }

    /// Gives every chain that should be there a head.
    pub(crate) async fn start_chains(&mut self) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        let mut started = Vec::new();
        for (key, (_, trail, at)) in &self.digests.trails {
            let Some(trail) = trail else { continue };
            let regions = || self.sources.regions.iter().filter(|region| trail.covers(region));
            for (account, region) in trail.accounts().flat_map(|a| regions().map(move |r| (a, r))) {
                let Some(number) = trail.chain_of(account) else { continue };
                let chain =
                    ChainKey { trail: key.clone(), account: account.to_owned(), region: region.clone() };
                let slot = (chain, number);
                let ended = self.digests.closed.get(&slot.0).is_some_and(|closed| *closed >= number);
                if ended || self.digests.heads.contains_key(&slot) {
                    continue;
                }
                let joined = trail.joining(account).filter(|joining| joining.chain == number);
                let window_start = match joined {
                    Some(joining) => joining.since,
                    None if number == trail.version => *at,
                    None => trail.started.unwrap_or(*at),
                };
                let head = Head {
                    chain: number,
                    window_start,
                    previous: None,
                    bucket: trail.bucket.clone(),
                    prefix: trail.prefix.clone(),
                    organization: trail.organization.as_ref().map(|o| o.id.clone()),
                    ended: None,
                };
                batch = batch.put(slot.0.head_at(head.chain), encode(&head)?);
                started.push((slot, head));
            }
        }
        if !started.is_empty() {
            self.sources.catalog.commit(batch).await?;
            self.digests.heads.extend(started);
        }
        Ok(())
    }

    /// Plans the chain's next digest if one is due. The plan is durable when this returns.
    async fn plan_digest(&mut self, chain: &ChainKey, number: u64, now: i64) -> Result<(), StoreError> {
        let slot = (chain.clone(), number);
        let Some(head) = self.digests.heads.get(&slot).cloned() else { return Ok(()) };
        let Some((version, covered, _)) = self.digests.trails.get(&chain.trail) else { return Ok(()) };
        let covered = covered.as_ref().filter(|trail| continues(trail, chain, head.chain));
        let covered = covered.filter(|_| head.ended.is_none());
        let interval = i64::try_from(self.sources.timing.digest_interval.as_secs()).unwrap_or(3600).max(1);
        let behind = (now - head.window_start) / interval;
        let (end, last, place) = match covered {
            Some(_) if behind < 1 => return Ok(()),
            // A change that was made in the window and not read yet may end it earlier.
            Some(_) if self.read_until < head.window_start + interval => return Ok(()),
            Some(trail) => {
                let behind = (self.read_until - head.window_start) / interval;
                let windows = if behind > MOST_BEHIND { behind } else { 1 };
                (head.window_start + windows * interval, false, (trail.bucket.clone(), trail.prefix.clone()))
            }
            // The chain ends: once everything that belongs to it was delivered.
            None if self.under_way(chain, *version) => return Ok(()),
            None => {
                let end = head.ended.unwrap_or(now).max(head.window_start);
                (end, true, (head.bucket.clone(), head.prefix.clone()))
            }
        };
        let files = undigested(&*self.sources.catalog, chain, MOST_LISTED + 1).await?;
        let listed: Vec<_> =
            files.iter().filter(|(_, d)| d.chain <= head.chain).map(|(p, _)| *p).take(MOST_LISTED).collect();
        let last = last && listed.len() == files.iter().filter(|(_, d)| d.chain <= head.chain).count();
        let sources = &self.sources;
        let fingerprint = self
            .signing
            .current(&*sources.catalog, &sources.master, &sources.timing, &chain.region, now)
            .await?;
        let (bucket, prefix) = place;
        let head = Head { bucket, prefix, ..head };
        let key = digest_key(chain, &head, end)?;
        let plan = DigestPlan { start: head.window_start, end, key, fingerprint, listed, last, moved: false };
        let batch = Batch::new()
            .put(chain.digest_plan_at(number), encode(&plan)?)
            .put(chain.head_at(number), encode(&head)?);
        self.sources.catalog.commit(batch).await?;
        self.digests.heads.insert(slot.clone(), head);
        self.digests.plans.insert(slot, plan);
        Ok(())
    }

    /// Builds, signs and puts a planned digest. The same plan always gives the same bytes and signature.
    async fn send_digest(
        &mut self,
        chain: &ChainKey,
        number: u64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let slot = (chain.clone(), number);
        let (Some(head), Some(plan)) = (self.digests.heads.get(&slot), self.digests.plans.get(&slot)) else {
            return Ok(false);
        };
        let (head, plan) = (head.clone(), plan.clone());
        let sources = &self.sources;
        let files = undigested(&*sources.catalog, chain, MOST_LISTED * 2).await?;
        let logs: Vec<_> =
            files.into_iter().filter(|(p, _)| plan.listed.contains(p)).map(|(_, d)| d.log).collect();
        if logs.len() != plan.listed.len() {
            return Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("a file that {} lists is not in the catalog", plan.key),
            ));
        }
        let time =
            |seconds| OffsetDateTime::from_unix_timestamp(seconds).map(stamp::extended).unwrap_or_default();
        let (start, end) = (time(plan.start), time(plan.end));
        let digest = DigestFile::new(
            &chain.account,
            (&start, &end),
            (&head.bucket, &plan.key),
            &plan.fingerprint,
            head.previous.as_ref(),
            logs,
        );
        let failed = |what: &'static str| move |_| StoreError::new(StoreErrorKind::Unavailable, what);
        let bytes = digest.to_bytes().map_err(|error| {
            StoreError::with_source(StoreErrorKind::Unavailable, "a digest was not built", error)
        })?;
        let previous = head.previous.as_ref().map(|p| p.signature.as_str());
        let text = string_to_sign(&end, &head.bucket, &plan.key, &bytes, previous);
        let pair =
            self.signing.pair(&*sources.catalog, &sources.master, &chain.region, &plan.fingerprint).await?;
        let signature = pair.sign(&text).map_err(failed("a digest was not signed"))?;
        let metadata = BTreeMap::from([
            ("signature".to_owned(), signature.clone()),
            ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
        ]);
        let compressed = gzip(&bytes).map_err(|error| {
            StoreError::with_source(StoreErrorKind::Unavailable, "a digest was not compressed", error)
        })?;
        let kms_key = self.epochs.kms_key(&chain.trail);
        let parcel = Parcel {
            trail: &chain.trail,
            region: &chain.region,
            bucket: &head.bucket,
            key: &plan.key,
            bytes: compressed,
            kms_key: kms_key.as_deref(),
            metadata,
        };
        let attempt = match deliver(&sources.buckets, &*sources.journal, parcel, now).await {
            Ok(attempt) => attempt,
            Err(error) if error.kind() == StoreErrorKind::Unavailable => Attempt::Refused("InternalError"),
            Err(error) => return Err(error),
        };
        let previous = Previous {
            bucket: head.bucket.clone(),
            key: plan.key.clone(),
            hash: sha256_hex(&bytes),
            signature,
        };
        self.digest_finished(chain, head, plan, attempt, previous, now).await
    }

    async fn digest_finished(
        &mut self,
        chain: &ChainKey,
        head: Head,
        plan: DigestPlan,
        attempt: Attempt,
        previous: Previous,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut status = self.status_of(chain).await?;
        let mut batch = Batch::new();
        let accepted = match attempt {
            Attempt::Accepted => {
                status.digest_delivered = Some(now.unix_timestamp());
                // That somebody had its name stays to be seen until the next one.
                status.digest_error = plan.moved.then(|| TAKEN.to_owned());
                for first in &plan.listed {
                    batch = batch.delete(chain.delivered_at(*first));
                }
                let number = head.chain;
                let slot = (chain.clone(), number);
                let end = plan.end;
                batch = batch.delete(chain.digest_plan_at(number));
                let head = Head { window_start: end, previous: Some(previous), ..head };
                if plan.last {
                    batch = batch
                        .delete(chain.head_at(number))
                        .put(chain.closed_at(), encode(&StoredPosition(number))?);
                    // The next chain begins no earlier, so no two digests end, and are named, alike.
                    let next = self.digests.heads.range_mut((chain.clone(), number + 1)..).next();
                    if let Some(((_, other), next)) = next.filter(|((key, _), _)| key == chain) {
                        next.window_start = next.window_start.max(end);
                        batch = batch.put(chain.head_at(*other), encode(next)?);
                    }
                    self.digests.heads.remove(&slot);
                    self.digests.closed.insert(chain.clone(), number);
                } else {
                    batch = batch.put(chain.head_at(number), encode(&head)?);
                    self.digests.heads.insert(slot.clone(), head);
                }
                self.digests.plans.remove(&slot);
                self.digests.put_off.remove(chain);
                self.progress.digested(now.unix_timestamp());
                true
            }
            Attempt::Refused(TAKEN) => {
                // Something else has the name: a digest of another chain of the trail that ended within the same second, or
                // what somebody put there. It is never rewritten, and the window stays as it is: the name moves, to one that
                // nobody can guess.
                tracing::warn!(
                    key = plan.key,
                    trail = chain.trail.arn(),
                    "a digest's name is taken; it gets another one"
                );
                metrics::counter!("trailward_digest_names_taken_total").increment(1);
                status.digest_error = Some(TAKEN.to_owned());
                let key = moved_key(chain, &head, plan.end)?;
                let plan = DigestPlan { key, moved: true, ..plan };
                batch = batch.put(chain.digest_plan_at(head.chain), encode(&plan)?);
                self.digests.plans.insert((chain.clone(), head.chain), plan);
                false
            }
            Attempt::Refused(code) => {
                status.digest_error = Some(code.to_owned());
                self.progress.failed();
                let attempts = self.digests.put_off.get(chain).map_or(0, |(attempts, _)| *attempts);
                let due = now + self.sources.timing.wait_after(attempts);
                self.digests.put_off.insert(chain.clone(), (attempts.saturating_add(1), due));
                false
            }
        };
        batch = batch.put(status_at(&chain.trail), encode(&status)?);
        self.sources.catalog.commit(batch).await?;
        self.status.insert(chain.trail.clone(), status);
        Ok(accepted)
    }
}

/// What a bucket says where a key is taken.
const TAKEN: &str = "PreconditionFailed";

/// Whether `trail` goes on with the chain that its change `number` started.
fn continues(trail: &Trail, chain: &ChainKey, number: u64) -> bool {
    trail.chain_of(&chain.account) == Some(number) && trail.covers(&chain.region)
}

fn end_time(end: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp(end).map_err(|error| {
        StoreError::with_source(StoreErrorKind::Corrupt, "a digest's time is out of range", error)
    })
}

fn place<'a>(chain: &'a ChainKey, head: &'a Head) -> Place<'a> {
    Place {
        prefix: head.prefix.as_deref(),
        organization: head.organization.as_deref(),
        account: &chain.account,
        region: &chain.region,
    }
}

/// Where a chain's digest is put that ends at `end`, in epoch seconds.
fn digest_key(chain: &ChainKey, head: &Head, end: i64) -> Result<String, StoreError> {
    Ok(place(chain, head).digest(&chain.trail.name, &chain.trail.home_region, end_time(end)?))
}

/// The same where that name is taken.
fn moved_key(chain: &ChainKey, head: &Head, end: i64) -> Result<String, StoreError> {
    let (trail, unique) = (&chain.trail, unique()?);
    Ok(place(chain, head).moved_digest(&trail.name, &trail.home_region, &unique, end_time(end)?))
}
