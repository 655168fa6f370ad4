//! Proving an archive, fail-closed.
//!
//! The work is cut into groups: all places of one account and Region. A group lists its digests and log files, reads
//! the digests from the newest to the oldest, checks the log files that valid digests list, and lets
//! [`trailward_digest::judge`] judge each chain. What a group holds in memory are names and hashes, never contents.

mod binding;
mod collect;
mod coverage;
mod digest;
mod doubt;
mod group;
mod log;
mod state;

pub use state::StateError;

use crate::expect::{Expected, Logging};
use crate::find::{self, Noted, Place, SKEW, Scope, Wanted};
use crate::keys::{Keys, KeysError};
use crate::range::{Cut, Range};
use crate::report::{Counts, Coverage, Finding, KeysReport, Observer, Report, SourceReport, Span};
use crate::source::{Source, SourceError};
use crate::unpack::Unpacker;
use binding::Bindings;
use collect::{Collector, remedy};
use coverage::Calendar;
use futures::stream::{self, StreamExt, TryStreamExt};
use group::{Group, Proven};
use state::State;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;
use trailward_digest::Reason;
use trailward_digest::judge::Asked;

/// How often CloudTrail delivers digests.
pub const DIGEST_INTERVAL: Duration = Duration::hours(1);
/// How long after its window's end a digest may still be on its way.
pub const DIGEST_GRACE: Duration = Duration::hours(1);
/// Kibibytes of packed log files that may be in memory at a time.
const BUDGET_KIB: usize = 48 << 10;
/// More places than these are listed a month at a time instead of a day.
const FEW_PLACES: usize = 16;
/// Groups that are worked on side by side.
const MOST_GROUPS: usize = 12;

/// What to prove, and against what.
pub struct Request {
    /// The archives.
    pub sources: Vec<Arc<dyn Source>>,
    /// The time asked for.
    pub range: Range,
    /// Accounts and Regions to look at; empty for all.
    pub wanted: Wanted,
    /// The trail to look at; `None` for all.
    pub trail: Option<String>,
    /// What must be there.
    pub expected: Expected,
    /// The public keys.
    pub keys: Keys,
    /// Where the objects were delivered to, as `(bucket, prefix)`; empty to learn it from the digests. The prefix is
    /// empty or ends in `/`.
    pub originals: Vec<(String, String)>,
    /// The state file of `--resume`.
    pub resume: Option<PathBuf>,
    /// Objects that are read side by side.
    pub jobs: usize,
    /// How often digests are due.
    pub interval: Duration,
    /// Now.
    pub now: OffsetDateTime,
}

/// Why a validation could not run.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// A source could not be listed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The range ends before it starts.
    #[error("the range ends before it starts")]
    Range,
    /// The state could not be written.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What all groups share.
struct Run {
    sources: Vec<Arc<dyn Source>>,
    range: Range,
    trail: Option<String>,
    keys: Keys,
    interval: Duration,
    now: OffsetDateTime,
    logging: Logging,
    cut: Cut,
    gets: Semaphore,
    budget: Semaphore,
    unpackers: Mutex<Vec<Unpacker>>,
    bindings: Bindings,
    collector: Collector,
    counts: Mutex<Counts>,
    state: State,
    observer: Arc<dyn Observer>,
}

impl Run {
    fn asked(&self, backfill: bool) -> Asked {
        Asked {
            start: self.range.start.map(OffsetDateTime::unix_timestamp),
            end: self.range.end.map(OffsetDateTime::unix_timestamp),
            now: self.now.unix_timestamp(),
            interval: self.interval.whole_seconds(),
            grace: DIGEST_GRACE.whole_seconds(),
            backfill,
            began: self.logging.began.map(OffsetDateTime::unix_timestamp),
            stopped: self.logging.stopped.map(OffsetDateTime::unix_timestamp),
        }
    }

    /// Whether a moment has not come yet, clocks that differ aside.
    fn is_future(&self, at: OffsetDateTime) -> bool {
        at > self.now.saturating_add(SKEW)
    }

    /// The name of an object in reports; empty for a source that is not there.
    fn uri(&self, source: usize, key: &str) -> String {
        self.sources.get(source).map_or_else(String::new, |source| source.uri(key))
    }

    /// Runs `work` with an unpacker, whose buffer stays for the next.
    fn unpacking<T>(&self, work: impl FnOnce(&mut Unpacker) -> T) -> T {
        let mut unpacker = self.unpackers.lock().ok().and_then(|mut idle| idle.pop()).unwrap_or_default();
        let result = work(&mut unpacker);
        if let Ok(mut idle) = self.unpackers.lock() {
            idle.push(unpacker);
        }
        result
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        if let Ok(mut counts) = self.counts.lock() {
            change(&mut counts);
        }
    }
}

/// Proves what `request` names. The report says what is wrong; an error says that there is no report.
pub async fn validate(request: Request, observer: Arc<dyn Observer>) -> Result<Report, ValidateError> {
    if let (Some(start), Some(end)) = (request.range.start, request.range.end)
        && end < start
    {
        return Err(ValidateError::Range);
    }
    let (places, noted) = places(&request).await?;
    let groups = grouped(places);
    let mut warnings: Vec<String> =
        request.wanted.except.iter().map(|folder| format!("{folder} was left out, as asked")).collect();
    let (state, ignored) = match &request.resume {
        Some(path) => State::load(path, request.now),
        None => (State::default(), None),
    };
    warnings.extend(ignored);
    let run = Arc::new(Run {
        bindings: Bindings::new(&request.sources, request.originals),
        sources: request.sources,
        range: request.range,
        trail: request.trail,
        keys: request.keys,
        interval: request.interval,
        now: request.now,
        logging: request.expected.logging,
        cut: if groups.len() <= FEW_PLACES { Cut::Days } else { Cut::Months },
        gets: Semaphore::new(request.jobs.max(1)),
        budget: Semaphore::new(BUDGET_KIB),
        unpackers: Mutex::default(),
        collector: Collector::new(Arc::clone(&observer)),
        counts: Mutex::default(),
        state,
        observer,
    });
    let side_by_side = groups.len().clamp(1, MOST_GROUPS);
    let work = groups.into_iter().map(|group| {
        let run = Arc::clone(&run);
        // Its own task, so that both cores are used.
        async move { tokio::spawn(async move { group::prove(&run, group).await }).await }
    });
    let mut proven: Vec<Proven> = stream::iter(work)
        .buffer_unordered(side_by_side)
        .map(|joined| match joined {
            Ok(proven) => proven,
            Err(error) => Err(ValidateError::Source(SourceError::Failed {
                name: "the validation".into(),
                detail: error.to_string(),
            })),
        })
        .try_collect()
        .await?;
    proven.sort_by(|a, b| a.account.cmp(&b.account).then_with(|| a.region.cmp(&b.region)));
    if let Some(path) = &request.resume {
        run.state.save(path, run.now)?;
    }
    let moved = run.bindings.decide(&run.collector);
    left_out(&run, noted);
    expected(&run, &request.expected, &proven);
    let absent = absent(&request.expected, &proven);
    report(&run, (proven, absent), warnings, moved).await
}

/// Every place in every source, and what was seen there and not opened.
async fn places(request: &Request) -> Result<(Vec<Place>, Vec<(usize, Noted)>), SourceError> {
    let (mut places, mut noted) = (Vec::new(), Vec::new());
    let scope = Scope { wanted: &request.wanted, range: request.range, now: request.now };
    for (number, source) in request.sources.iter().enumerate() {
        let found = find::find(source, number, scope).await?;
        places.extend(found.places);
        noted.extend(found.noted.into_iter().map(|noted| (number, noted)));
    }
    Ok((places, noted))
}

/// Reports what discovery left out, and what the sources passed over while they were read: nothing of it is proven.
fn left_out(run: &Run, noted: Vec<(usize, Noted)>) {
    let skipped = run.sources.iter().flat_map(|source| source.skipped());
    let skipped = skipped.map(|line| (Reason::NotSearched, None, line));
    let noted = noted.into_iter().map(|(source, noted)| {
        (noted.reason, Some(run.uri(source, &noted.folder)).filter(|uri| !uri.is_empty()), noted.why)
    });
    for (reason, object, detail) in noted.chain(skipped) {
        run.collector.add(Finding {
            reason,
            verdict: reason.verdict(),
            account: None,
            region: None,
            trail: None,
            object,
            span: Span { start: None, end: None },
            records: None,
            detail,
            remedy: remedy(reason).to_owned(),
            needs: None,
        });
    }
}

fn grouped(places: Vec<Place>) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String), Vec<Place>> = BTreeMap::new();
    for place in places {
        groups.entry((place.account.clone(), place.region.clone())).or_default().push(place);
    }
    groups.into_iter().map(|((account, region), places)| Group { account, region, places }).collect()
}

/// Misses the accounts and Regions that should be there.
fn expected(run: &Run, expected: &Expected, proven: &[Proven]) {
    let has = |account: &str| proven.iter().any(|group| group.account == account && group.digests > 0);
    let span = Span { start: run.range.start, end: run.range.end.or(Some(run.now)) };
    for account in expected.accounts.iter().filter(|account| !has(account)) {
        run.collector.missing(
            Reason::AccountMissing,
            account,
            None,
            span,
            "it is expected, and has not one digest in the range".into(),
        );
    }
    for (account, region) in &expected.places {
        let here = proven
            .iter()
            .any(|group| group.account == *account && group.region == *region && group.digests > 0);
        if !here && has(account) {
            run.collector.missing(
                Reason::RegionMissing,
                account,
                Some(region),
                span,
                "it is expected, and has not one digest in the range".into(),
            );
        }
    }
    for (region, why) in &expected.unknown {
        let here = proven.iter().any(|group| group.region == *region && group.digests > 0);
        if !here {
            run.collector.missing(Reason::RegionMissing, "", Some(region), span, why.clone());
        }
    }
    if proven.iter().all(|group| group.digests == 0) {
        let detail = if proven.is_empty() {
            "there are neither digests nor log files"
        } else {
            "there is not one digest in the range"
        };
        run.collector.missing(Reason::NothingFound, "", None, span, detail.to_owned());
    }
}

/// What is expected and has left no trace: days without proof, for the time that the rest of the archive spans.
fn absent(expected: &Expected, proven: &[Proven]) -> Vec<Proven> {
    let spans = proven.iter().flat_map(|group| group.covered.iter().copied().chain(group.logged));
    let logged = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let known = |account: &str, region: &str| {
        proven.iter().any(|group| group.account == account && group.region == region)
    };
    let places = expected.places.iter().filter(|(account, region)| !known(account, region));
    let empty = |(account, region): &(String, String)| Proven {
        account: account.clone(),
        region: region.clone(),
        digests: 0,
        logs: 0,
        chains: Vec::new(),
        covered: Vec::new(),
        logged,
    };
    places.map(empty).collect()
}

/// Puts the report together.
async fn report(
    run: &Run,
    (proven, absent): (Vec<Proven>, Vec<Proven>),
    warnings: Vec<String>,
    copies: Vec<Option<String>>,
) -> Result<Report, ValidateError> {
    let (findings, totals, verdict) = run.collector.finish();
    let mut counts = run.counts.lock().map(|counts| *counts).unwrap_or_default();
    let with_objects = proven.iter().filter(|group| group.digests > 0 || group.logs > 0);
    let accounts: std::collections::BTreeSet<&str> =
        with_objects.clone().map(|group| group.account.as_str()).collect();
    counts.accounts = accounts.len() as u64;
    counts.regions = with_objects.count() as u64;
    let chains: Vec<_> = proven.iter().flat_map(|group| group.chains.iter().cloned()).collect();
    let found = chains
        .iter()
        .filter_map(|chain| chain.found)
        .reduce(|a, b| Span { start: a.start.min(b.start), end: a.end.max(b.end) });
    let calendar = Calendar::new(run.range, run.now, run.logging.began);
    let mut coverage: Vec<Coverage> = proven.iter().map(|group| calendar.of(group, &findings)).collect();
    coverage.extend(absent.iter().map(|group| calendar.of(group, &findings)));
    coverage.sort_by(|a, b| (&a.account, &a.region).cmp(&(&b.account, &b.region)));
    let (origin, count) = run.keys.origin().await;
    let sources = run
        .sources
        .iter()
        .zip(copies)
        .map(|(source, copy_of)| SourceReport { name: source.name().to_owned(), copy_of });
    Ok(Report {
        verdict,
        at: run.now,
        sources: sources.collect(),
        requested: Span { start: run.range.start, end: run.range.end },
        found,
        keys: KeysReport { origin, count },
        counts,
        chains,
        coverage,
        findings,
        totals,
        warnings,
    })
}
