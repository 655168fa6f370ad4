//! Proving one account and Region: its listings, its digests from the newest to the oldest, their log files, its chains.

use super::binding::Origin;
use super::collect::remedy;
use super::digest::{self, Believed, Read, Role, Shown};
use super::doubt::Doubt;
use super::log::{self, Job};
use super::state::{Entry, Identity, Past, identity};
use super::{DIGEST_GRACE, Run, ValidateError};
use crate::find::Place;
use crate::keys::KeysError;
use crate::range::{Listing, Pages, listings};
use crate::report::{ChainReport, Checked, Finding, Kind, Span};
use crate::source::{Listed, Source, SourceError};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use trailward_digest::judge::{Fault, Link, judge};
use trailward_digest::{ListedLog, PublicKey, Reason, Verdict};
use trailward_model::delivered::{DIGEST_FOLDER, Delivered, DeliveredKind, LOG_FOLDER};

/// Digests that are in memory at a time.
const CHUNK: usize = 256;
/// The same for copies without signatures.
const PLAIN_CHUNK: usize = 16;
/// Listings of one group that run side by side.
const LISTINGS: usize = 16;
/// How long a log file may carry an earlier minute in its name than that of its delivery.
const LATE: i64 = 15 * 60;

/// All places of one account and Region.
pub(super) struct Group {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) places: Vec<Place>,
}

/// What was found of a group.
pub(super) struct Proven {
    pub(super) account: String,
    pub(super) region: String,
    /// Digests in the range.
    pub(super) digests: u64,
    /// Log files in the range, named or not.
    pub(super) logs: u64,
    pub(super) chains: Vec<ChainReport>,
    /// Windows of valid digests, in seconds since 1970.
    pub(super) covered: Vec<(i64, i64)>,
    /// From the first to the last minute in the log files' names.
    pub(super) logged: Option<(i64, i64)>,
}

/// A log file that a listing shows.
struct Lying {
    size: u64,
    identity: Identity,
    /// The minute in its name; `None` when CloudTrail would not have named it so.
    stamp: Option<i64>,
    modified: OffsetDateTime,
    named: bool,
}

/// Log files by source and key.
type Lain = HashMap<(usize, String), Lying>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ChainName {
    trail: String,
    home_region: String,
    backfill: bool,
}

struct Chain {
    prefix: String,
    organization: Option<String>,
    links: Vec<Link>,
    digests: u64,
    logs: u64,
    worst: Verdict,
}

/// A digest of a chunk whose log files are being checked.
struct Pending {
    name: ChainName,
    entry: Option<Entry>,
    jobs: Vec<Job>,
}

/// Proves a group.
pub(super) async fn prove(run: &Arc<Run>, group: Group) -> Result<Proven, ValidateError> {
    let places = Arc::new(group.places.clone());
    let (mut shown, lain) = futures::try_join!(show_digests(run, &places), show_logs(run, &places))?;
    let mut work = Work {
        run: Arc::clone(run),
        places,
        lain,
        chains: BTreeMap::new(),
        signatures: HashMap::new(),
        keys: None,
        past: run.state.past(&group.account, &group.region),
    };
    shown.sort_by(|a, b| (b.stamp, &b.listed.key).cmp(&(a.stamp, &a.listed.key)));
    let asked = shown.iter().filter(|shown| shown.role == Role::Asked).count() as u64;
    run.observer.found(asked);
    let oldest = shown.last().map(|shown| shown.stamp);
    let mut pending: Vec<Pending> = Vec::new();
    for chunk in shown.chunks(chunk_of(run, &work.places)) {
        let fresh = work.recall(chunk);
        if !fresh.is_empty() {
            work.learn_keys(&group.region, oldest).await?;
        }
        let keys = work.keys.clone().unwrap_or_default();
        // The log files of one chunk are checked while the digests of the next are read.
        let (reads, entries) = tokio::join!(
            read_all(run, &work.places, &keys, fresh),
            check_all(run, std::mem::take(&mut pending))
        );
        work.settle(entries);
        pending = work.believe(reads);
    }
    let entries = check_all(run, pending).await;
    work.settle(entries);
    let digests = asked;
    let covered = work.judge();
    let (logs, logged) = work.unlisted();
    let chains = work.reports(&group);
    run.state.keep(&group.account, &group.region, work.past);
    Ok(Proven { account: group.account, region: group.region, digests, logs, chains, covered, logged })
}

/// How many digests are read at a time. Where no signatures lie beside them, nothing is known of a digest before its
/// successor is read, and all of it must be kept until then.
fn chunk_of(run: &Run, places: &[Place]) -> usize {
    let plain = |place: &Place| {
        run.sources
            .get(place.source)
            .is_some_and(|source| source.bucket().is_none() && source.origin().is_none())
    };
    if places.iter().any(plain) { PLAIN_CHUNK } else { CHUNK }
}

/// Every digest that a listing shows in or just behind the range.
async fn show_digests(run: &Arc<Run>, places: &[Place]) -> Result<Vec<Shown>, SourceError> {
    // One digest more than the range needs: it may name log files that came late.
    let margin = run.interval * 2 + DIGEST_GRACE;
    let all = list(run, places, DIGEST_FOLDER, margin).await?;
    let mut shown = Vec::with_capacity(all.len());
    for (place, listed) in all {
        let Some((trail, home_region, backfill, stamp)) = read_name(&listed.key) else {
            odd_digest(run, places.get(place), &listed);
            continue;
        };
        if run.is_future(stamp) {
            if let Some(place) = places.get(place) {
                future(run, place, Some(&trail), &listed.key, stamp);
            }
            continue;
        }
        let early = run.range.start.is_some_and(|start| stamp < start);
        let late = |by: Duration| run.range.end.is_some_and(|end| stamp > end.saturating_add(by));
        if early || late(margin) {
            continue;
        }
        let other = run.trail.as_ref().is_some_and(|wanted| *wanted != trail);
        let role = if other || late(run.interval) { Role::Naming } else { Role::Asked };
        shown.push(Shown { place, listed, trail, home_region, backfill, stamp, role });
    }
    Ok(shown)
}

fn read_name(key: &str) -> Option<(String, String, bool, OffsetDateTime)> {
    let name = Delivered::parse(key)?;
    match name.kind {
        DeliveredKind::Digest { trail, home_region, backfill } => {
            Some((trail.to_owned(), home_region.to_owned(), backfill, name.stamp))
        }
        DeliveredKind::Log => None,
    }
}

/// Something in the digests' folder that is named as no digest is. One that is packed as digests are was put here to be
/// taken for one; of anything else nothing is known.
fn odd_digest(run: &Run, place: Option<&Place>, listed: &Listed) {
    let Some(place) = place else { return };
    if !listed.has_content() {
        return;
    }
    let uri = run.uri(place.source, &listed.key);
    let span = Span { start: run.range.start, end: run.range.end };
    let detail = "CloudTrail names no digest so: it was renamed or put here";
    run.collector.add(if listed.is_packed() {
        super::binding::moved(place, "", uri, span, detail.to_owned())
    } else {
        Doubt::new(Reason::NotSearched, detail).finding(place, "", uri, span)
    });
}

/// Something that is named for a time that has not come yet. What it says is nobody's proof, so it is not read.
fn future(run: &Run, place: &Place, trail: Option<&str>, key: &str, stamp: OffsetDateTime) {
    run.collector.add(Finding {
        reason: Reason::FromTheFuture,
        verdict: Reason::FromTheFuture.verdict(),
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        trail: trail.map(str::to_owned),
        object: Some(run.uri(place.source, key)),
        span: Span { start: Some(stamp), end: Some(stamp) },
        records: None,
        detail: format!("it is named for {stamp}; it is {} here", run.now),
        remedy: remedy(Reason::FromTheFuture).to_owned(),
        needs: None,
    });
}

/// Every log file that a listing shows in the days of the range, and whatever else lies there.
async fn show_logs(run: &Arc<Run>, places: &[Place]) -> Result<Lain, SourceError> {
    let mut lain = Lain::new();
    for (place, listed) in list(run, places, LOG_FOLDER, Duration::ZERO).await? {
        if !listed.has_content() {
            continue;
        }
        let Some(source) = places.get(place).map(|place| place.source) else { continue };
        let stamp = Delivered::parse(&listed.key)
            .filter(|name| name.kind == DeliveredKind::Log)
            .map(|name| name.stamp.unix_timestamp());
        let lying = Lying {
            size: listed.size,
            identity: identity(&listed),
            stamp,
            modified: listed.modified,
            named: false,
        };
        lain.insert((source, listed.key), lying);
    }
    Ok(lain)
}

/// Everything below `folder` in the days of the range.
async fn list(
    run: &Arc<Run>,
    places: &[Place],
    folder: &str,
    margin: Duration,
) -> Result<Vec<(usize, Listed)>, SourceError> {
    let mut jobs = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let there = if folder == DIGEST_FOLDER { place.digests } else { place.logs };
        let Some(source) = run.sources.get(place.source).filter(|_| there) else { continue };
        for listing in listings(&place.base(folder), &run.range, margin, run.now, run.cut) {
            jobs.push((number, Arc::clone(source), listing));
        }
    }
    let work: Vec<_> =
        jobs.into_iter().map(|(number, source, listing)| list_one(number, source, listing)).collect();
    let pages: Vec<Vec<(usize, Listed)>> = stream::iter(work).buffered(LISTINGS).try_collect().await?;
    Ok(pages.into_iter().flatten().collect())
}

/// Every page of one listing.
async fn list_one(
    number: usize,
    source: Arc<dyn Source>,
    listing: Listing,
) -> Result<Vec<(usize, Listed)>, SourceError> {
    let mut objects = Vec::new();
    let mut pages = Pages::new(&*source, listing);
    while let Some(page) = pages.next().await? {
        objects.extend(page.into_iter().map(|object| (number, object)));
    }
    Ok(objects)
}

/// Reads digests side by side.
async fn read_all(
    run: &Arc<Run>,
    places: &Arc<Vec<Place>>,
    keys: &Arc<HashMap<String, PublicKey>>,
    fresh: Vec<Shown>,
) -> Vec<(Shown, Result<Read, Doubt>)> {
    stream::iter(fresh)
        .map(|shown| {
            let (run, places, keys) = (Arc::clone(run), Arc::clone(places), Arc::clone(keys));
            async move {
                let job = {
                    let shown = shown.clone();
                    tokio::spawn(async move {
                        match places.get(shown.place) {
                            Some(place) => Some(digest::read(&run, place, &shown, &keys).await),
                            None => None,
                        }
                    })
                };
                let result = job
                    .await
                    .ok()
                    .flatten()
                    .unwrap_or_else(|| Err(Doubt::new(Reason::DigestUnreadable, "reading it failed")));
                (shown, result)
            }
        })
        .buffered(CHUNK)
        .collect()
        .await
}

/// Checks the log files of a chunk's digests side by side; returns what is worth remembering and the worst of each
/// chain.
async fn check_all(run: &Arc<Run>, pending: Vec<Pending>) -> Vec<(ChainName, Option<Entry>, Verdict)> {
    let mut settled = Vec::with_capacity(pending.len());
    let mut jobs = Vec::new();
    for (number, one) in pending.into_iter().enumerate() {
        jobs.extend(one.jobs.into_iter().map(|job| (number, job)));
        settled.push((one.name, one.entry, Verdict::Intact));
    }
    let mut results = stream::iter(jobs)
        .map(|(number, job)| {
            let run = Arc::clone(run);
            async move { (number, tokio::spawn(async move { log::check(&run, job).await }).await) }
        })
        .buffer_unordered(CHUNK);
    while let Some((number, result)) = results.next().await {
        let verdict = match result {
            Ok(None) => continue,
            Ok(Some(verdict)) => verdict,
            Err(_) => Verdict::Incomplete,
        };
        if let Some((_, entry, worst)) = settled.get_mut(number) {
            *entry = None;
            *worst = (*worst).max(verdict);
        }
    }
    settled
}

/// A group at work.
struct Work {
    run: Arc<Run>,
    places: Arc<Vec<Place>>,
    lain: Lain,
    chains: BTreeMap<ChainName, Chain>,
    /// Signatures that digests name of their predecessors.
    signatures: HashMap<(String, String), String>,
    keys: Option<Arc<HashMap<String, PublicKey>>>,
    past: Past,
}

impl Work {
    fn chain(&mut self, shown: &Shown) -> Option<(&mut Chain, ChainName)> {
        let place = self.places.get(shown.place)?;
        let name = ChainName {
            trail: shown.trail.clone(),
            home_region: shown.home_region.clone(),
            backfill: shown.backfill,
        };
        let chain = self.chains.entry(name.clone()).or_insert_with(|| Chain {
            prefix: place.prefix.trim_end_matches('/').to_owned(),
            organization: place.organization.clone(),
            links: Vec::new(),
            digests: 0,
            logs: 0,
            worst: Verdict::Intact,
        });
        Some((chain, name))
    }

    /// Takes what an earlier run has verified and nobody has touched since; returns what must be read.
    fn recall(&mut self, chunk: &[Shown]) -> Vec<Shown> {
        let mut fresh = Vec::new();
        for shown in chunk {
            let source = self.places.get(shown.place).map(|place| place.source);
            let name =
                source.and_then(|n| self.run.sources.get(n)).map(|source| source.uri(&shown.listed.key));
            let entry = name.and_then(|uri| self.past.verified(&uri, &shown.listed)).cloned();
            let untouched = entry.filter(|entry| {
                shown.role == Role::Asked
                    && entry.logs.iter().all(|(key, identity)| {
                        let lying = source.and_then(|n| self.lain.get(&(n, key.clone())));
                        lying.is_some_and(|lying| lying.identity == *identity)
                    })
            });
            let Some(entry) = untouched else {
                fresh.push(shown.clone());
                continue;
            };
            for (key, _) in &entry.logs {
                if let Some(lying) = source.and_then(|n| self.lain.get_mut(&(n, key.clone()))) {
                    lying.named = true;
                }
            }
            self.remembered(shown, &entry);
        }
        fresh
    }

    fn remembered(&mut self, shown: &Shown, entry: &Entry) {
        let logs = entry.logs.len() as u64;
        self.run.observer.found(logs);
        self.run.count(|counts| {
            counts.digests += 1;
            counts.digests_valid += 1;
            counts.logs += logs;
            counts.logs_valid += logs;
            counts.remembered += 1 + logs;
        });
        let link = entry.link(shown.stamp.unix_timestamp());
        let checked = |kind: Kind, key: &str| Checked {
            kind,
            bucket: link.bucket.clone(),
            key: key.to_owned(),
            reason: None,
            remembered: true,
            bytes: 0,
            unpacked: 0,
        };
        self.run.observer.checked(&checked(shown.kind(), &link.key));
        for (key, _) in &entry.logs {
            self.run.observer.checked(&checked(Kind::Log, key));
        }
        if let Some(place) = self.places.get(shown.place) {
            self.run.bindings.claim(place, entry.origin.clone(), || {
                let uri = self.run.uri(place.source, &shown.listed.key);
                let detail = format!("it was signed for s3://{}/{}", link.bucket, link.key);
                super::binding::moved(place, &shown.trail, uri, shown.span(&self.run, None), detail)
            });
        }
        if let Some((chain, _)) = self.chain(shown) {
            chain.digests += 1;
            chain.logs += logs;
            chain.links.push(link);
        }
    }

    /// Asks for the Region's keys, once.
    async fn learn_keys(&mut self, region: &str, oldest: Option<OffsetDateTime>) -> Result<(), KeysError> {
        if self.keys.is_none() {
            let start = self.run.range.start.into_iter().chain(oldest).min().unwrap_or(self.run.now);
            let start = start.saturating_sub(Duration::days(1));
            self.keys = Some(self.run.keys.of(region, start, self.run.now).await?);
        }
        Ok(())
    }

    /// Believes a chunk's digests or reports why not; returns the log files to check.
    fn believe(&mut self, reads: Vec<(Shown, Result<Read, Doubt>)>) -> Vec<Pending> {
        for read in reads.iter().filter_map(|(_, read)| read.as_ref().ok()) {
            let file = &read.found.file;
            if let (Some(bucket), Some(key), Some(signature)) = (
                &file.previous_digest_s3_bucket,
                &file.previous_digest_s3_object,
                &file.previous_digest_signature,
            ) {
                self.signatures.insert((bucket.clone(), key.clone()), signature.clone());
            }
        }
        let keys = self.keys.clone().unwrap_or_default();
        let run = Arc::clone(&self.run);
        let mut pending = Vec::new();
        for (mut shown, read) in reads {
            let Some(place) = self.places.get(shown.place).cloned() else { continue };
            let sizes = read.as_ref().map_or((0, 0), |read| (read.bytes, read.unpacked));
            // A window that begins where the range ends is not asked for.
            if let (Ok(read), Some(end)) = (&read, run.range.end)
                && read.found.start >= end
                && run.range.start.is_none_or(|start| read.found.start > start)
            {
                shown.role = Role::Naming;
            }
            let span = shown.span(&run, read.as_ref().ok());
            // Its log files are as unproven as it is; one finding says so for all of them.
            if let Ok(read) = &read
                && !keys.contains_key(&read.found.file.digest_public_key_fingerprint)
                && let Ok(origin) = digest::bound(&place, &shown, &read.found)
            {
                self.name(&place, &origin, &read.found.file.log_files);
            }
            let believed =
                read.and_then(|read| digest::believe(&run, &place, &shown, read, &self.signatures, &keys));
            if shown.role == Role::Naming {
                if let Ok(believed) = believed {
                    self.name(&place, &believed.origin, &believed.logs);
                }
                continue;
            }
            match believed {
                Ok(believed) => pending.extend(self.accept(&place, &shown, believed, sizes)),
                Err(doubt) => self.doubt(&place, &shown, doubt, span, sizes),
            }
        }
        pending
    }

    fn doubt(&mut self, place: &Place, shown: &Shown, doubt: Doubt, span: Span, sizes: (u64, u64)) {
        let run = Arc::clone(&self.run);
        let link = shown.failed_link(&run, place);
        digest::count(&run, shown, &link, Some(doubt.reason), sizes);
        let verdict = digest::report(&run, place, shown, doubt, span);
        if let Some((chain, _)) = self.chain(shown) {
            chain.digests += 1;
            chain.worst = chain.worst.max(verdict);
            chain.links.push(link);
        }
    }

    /// Marks the log files that a digest names.
    fn name(&mut self, place: &Place, origin: &Origin, logs: &[ListedLog]) {
        for log in logs {
            let at = self.run.bindings.locate(place, origin, &log.s3_bucket, &log.s3_object);
            if let Some(lying) = at.and_then(|at| self.lain.get_mut(&at)) {
                lying.named = true;
            }
        }
    }

    fn accept(
        &mut self,
        place: &Place,
        shown: &Shown,
        believed: Believed,
        sizes: (u64, u64),
    ) -> Option<Pending> {
        let run = Arc::clone(&self.run);
        digest::count(&run, shown, &believed.link, None, sizes);
        run.observer.found(believed.logs.len() as u64);
        self.name(place, &believed.origin, &believed.logs);
        let uri = run.sources.get(place.source).map(|source| source.uri(&shown.listed.key))?;
        let mut entry = Some(Entry::new(uri, &shown.listed, &believed));
        let (origin, trail) = (Arc::new(believed.origin.clone()), Arc::from(shown.trail.as_str()));
        let mut jobs = Vec::with_capacity(believed.logs.len());
        for log in believed.logs {
            let at = run.bindings.locate(place, &origin, &log.s3_bucket, &log.s3_object);
            let lying = at.as_ref().and_then(|at| self.lain.get(at));
            let same_source = at.as_ref().is_some_and(|(source, _)| *source == place.source);
            match (lying, at.clone(), &mut entry) {
                (Some(lying), Some((_, key)), Some(entry)) if same_source => {
                    entry.logs.push((key, lying.identity));
                }
                // What no listing shows cannot be seen to change.
                (_, _, entry) => *entry = None,
            }
            jobs.push(Job {
                place: place.clone(),
                trail: Arc::clone(&trail),
                origin: Arc::clone(&origin),
                span: believed.span,
                size: lying.map(|lying| lying.size),
                log,
            });
        }
        let (chain, name) = self.chain(shown)?;
        chain.digests += 1;
        chain.logs += jobs.len() as u64;
        chain.links.push(believed.link);
        Some(Pending { name, entry, jobs })
    }

    /// Takes the results of a chunk's log files.
    fn settle(&mut self, entries: Vec<(ChainName, Option<Entry>, Verdict)>) {
        for (name, entry, verdict) in entries {
            if let Some(chain) = self.chains.get_mut(&name) {
                chain.worst = chain.worst.max(verdict);
            }
            if let Some(entry) = entry {
                self.past.remember(entry);
            }
        }
    }

    /// Judges every chain; returns the windows that are covered.
    fn judge(&mut self) -> Vec<(i64, i64)> {
        let run = Arc::clone(&self.run);
        let mut covered = Vec::new();
        let place = self.places.first().cloned();
        for (name, chain) in &mut self.chains {
            chain.links.sort_by(|a, b| {
                (a.stamp, a.body.is_none(), &a.key).cmp(&(b.stamp, b.body.is_none(), &b.key))
            });
            // Two sources may hold the same digest.
            chain.links.dedup_by(|a, b| a.bucket == b.bucket && a.key == b.key);
            let judgement = judge(&chain.links, &run.asked(name.backfill));
            for fault in judgement.faults {
                let verdict = fault.reason.verdict();
                chain.worst = chain.worst.max(verdict);
                if let Some(place) = &place {
                    run.collector.add(finding(place, name, fault, verdict));
                }
            }
            covered.extend(judgement.covered);
        }
        covered
    }

    /// Reports the log files that no digest names; returns how many log files lie in the range, and from when to when.
    fn unlisted(&self) -> (u64, Option<(i64, i64)>) {
        let run = &self.run;
        let (start, end) = (run.range.start, run.range.end);
        let asked = run.asked(false);
        let newest = self
            .chains
            .iter()
            .filter(|(name, _)| !name.backfill)
            .filter_map(|(_, chain)| {
                chain.links.iter().map(|link| link.body.as_ref().map_or(link.stamp, |b| b.end)).max()
            })
            .max();
        // What was delivered since the newest digest waits for the next one, as long as that is not due; where there is
        // no digest at all, the first one is due as long after the first log file.
        let wait = asked.interval + asked.grace;
        let first = self.lain.values().filter_map(|lying| lying.stamp).min();
        let pending = match newest {
            Some(end) => Some(end - LATE).filter(|_| end + wait >= asked.now),
            None => first.filter(|first| first + wait >= asked.now).map(|first| first - LATE),
        };
        let (mut seen, mut logged) = (0, None);
        let mut unlisted: Vec<(&(usize, String), &Lying)> = Vec::new();
        let (mut ahead, mut waiting): (Vec<&(usize, String)>, u64) = (Vec::new(), 0);
        for (at, lying) in &self.lain {
            if lying.stamp.and_then(instant).is_some_and(|stamp| run.is_future(stamp)) {
                ahead.push(at);
                continue;
            }
            let stamp = lying.stamp.unwrap_or_else(|| lying.modified.unix_timestamp());
            let in_range = lying.stamp.is_none()
                || (start.is_none_or(|start| stamp >= start.unix_timestamp())
                    && end.is_none_or(|end| stamp <= end.unix_timestamp()));
            if !in_range {
                continue;
            }
            seen += 1;
            logged = Some(logged.map_or((stamp, stamp), |(a, b): (i64, i64)| (a.min(stamp), b.max(stamp))));
            // What CloudTrail would not have named so waits for no digest.
            let waits = lying.stamp.is_some() && pending.is_some_and(|from| stamp > from);
            match (lying.named, waits) {
                (true, _) => {}
                (false, true) => waiting += 1,
                (false, false) => unlisted.push((at, lying)),
            }
        }
        unlisted.sort_by(|a, b| a.0.cmp(b.0));
        run.count(|counts| {
            counts.logs_unlisted += unlisted.len() as u64;
            counts.logs_pending += waiting;
        });
        ahead.sort();
        for (source, key) in ahead {
            let place = self.places.iter().find(|place| place.source == *source);
            let stamp = Delivered::parse(key).map(|name| name.stamp);
            if let Some((place, stamp)) = place.zip(stamp) {
                future(run, place, None, key, stamp);
            }
        }
        for ((source, key), lying) in unlisted {
            let Some(place) = self.places.iter().find(|place| place.source == *source) else { continue };
            let at = lying.stamp.and_then(|stamp| OffsetDateTime::from_unix_timestamp(stamp).ok());
            let uri = run.uri(*source, key);
            let checked = Checked {
                kind: Kind::Log,
                bucket: run.sources.get(*source).and_then(|s| s.bucket()).unwrap_or("").to_owned(),
                key: key.clone(),
                reason: Some(Reason::LogUnlisted),
                remembered: false,
                bytes: 0,
                unpacked: 0,
            };
            run.observer.found(1);
            run.observer.checked(&checked);
            run.collector.add(Finding {
                reason: Reason::LogUnlisted,
                verdict: Reason::LogUnlisted.verdict(),
                account: Some(place.account.clone()),
                region: Some(place.region.clone()),
                trail: None,
                object: Some(uri),
                span: Span { start: at, end: at.map(|at| at.saturating_add(Duration::minutes(1))) },
                records: None,
                detail: "no digest in the archive names it".into(),
                remedy: remedy(Reason::LogUnlisted).to_owned(),
                needs: None,
            });
        }
        (seen, logged)
    }

    fn reports(&self, group: &Group) -> Vec<ChainReport> {
        let reports = self.chains.iter().map(|(name, chain)| {
            let bodies = chain.links.iter().filter_map(|link| link.body.as_ref());
            let start = bodies.clone().map(|body| body.start).min();
            let end = bodies.map(|body| body.end).max();
            ChainReport {
                prefix: chain.prefix.clone(),
                organization: chain.organization.clone(),
                account: group.account.clone(),
                region: group.region.clone(),
                trail: name.trail.clone(),
                home_region: name.home_region.clone(),
                backfill: name.backfill,
                digests: chain.digests,
                logs: chain.logs,
                found: start.zip(end).map(|(start, end)| Span { start: instant(start), end: instant(end) }),
                verdict: chain.worst,
            }
        });
        reports.collect()
    }
}

fn instant(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

fn finding(place: &Place, name: &ChainName, fault: Fault, verdict: Verdict) -> Finding {
    Finding {
        reason: fault.reason,
        verdict,
        account: Some(place.account.clone()),
        region: Some(place.region.clone()),
        trail: Some(name.trail.clone()),
        object: fault.object.map(|(bucket, key)| format!("s3://{bucket}/{key}")),
        span: Span { start: fault.start.and_then(instant), end: fault.end.and_then(instant) },
        records: None,
        detail: fault.detail,
        remedy: remedy(fault.reason).to_owned(),
        needs: None,
    }
}
