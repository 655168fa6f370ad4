//! What a lifecycle configuration says about one key: a pure function of its versions and the time.

use crate::record::{
    Bucket, Expiration, Kind, Lifecycle, LifecycleFilter, LifecycleRule, Noncurrent, Object,
    ReplicationStatus, StorageClass, TransitionMinimum, Verdict, Version, Versioning, When,
};

/// Objects below this do not move unless a filter says so: 128 KB.
const SMALL: u64 = 128 << 10;

/// The time, and how long a day is, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    pub(crate) now: i64,
    pub(crate) day: i64,
}

impl Calendar {
    /// The midnight at or after `days` days from `from`.
    pub(crate) fn midnight_after(self, from: i64, days: i64) -> i64 {
        let day = self.day.max(1);
        let exact = from.saturating_add(days.saturating_mul(day));
        exact.saturating_add(day - 1).div_euclid(day).saturating_mul(day)
    }

    pub(super) fn is_due(self, from: i64, when: When) -> bool {
        match when {
            When::Days(days) => self.midnight_after(from, days) <= self.now,
            When::Date(date) => date <= self.now,
        }
    }
}

/// What is to be done with a key, by the sequence of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The newest version expires: a delete marker, or where none are kept, removal.
    Expire,
    /// A delete marker under which nothing is left goes.
    RemoveMarker(u64),
    /// A version that is not the newest goes for good.
    Remove(u64),
    /// A version changes its storage class.
    Move(u64, StorageClass),
}

/// Whether the bucket has rules that are applied. MFA delete and lifecycle exclude each other.
pub(crate) fn rules_of(bucket: &Bucket) -> Option<&Lifecycle> {
    let lifecycle = bucket.lifecycle.as_ref()?;
    let applied = bucket.mfa_delete != Some(true) && lifecycle.rules.iter().any(|rule| rule.enabled);
    applied.then_some(lifecycle)
}

/// What is to be done with a key that has these versions, the newest first.
pub(crate) fn decide(
    bucket: &Bucket,
    key: &str,
    versions: &[(u64, Version)],
    calendar: Calendar,
) -> Vec<Action> {
    let Some(lifecycle) = rules_of(bucket) else {
        return Vec::new();
    };
    let rules: Vec<&LifecycleRule> = lifecycle.rules.iter().filter(|rule| rule.enabled).collect();
    let mut actions = Vec::new();
    if let Some((sequence, newest)) = versions.first() {
        let alone = versions.len() == 1;
        actions.extend(of_newest(bucket, lifecycle, &rules, key, (*sequence, newest), alone, calendar));
    }
    for (newer, pair) in versions.windows(2).enumerate() {
        let [(_, successor), (sequence, version)] = pair else { continue };
        let since = successor.modified;
        let applies = |noncurrent: Noncurrent| {
            let spared = noncurrent.newer.is_some_and(|most| (newer as u64) < most.unsigned_abs());
            !spared && calendar.is_due(since, When::Days(noncurrent.days))
        };
        let matching = || rules.iter().filter(|rule| matches(&rule.filter, key, version));
        if matching().any(|rule| rule.noncurrent_expiration.is_some_and(applies)) {
            // What waits for its replica is needed still.
            let waits = version.replication == Some(ReplicationStatus::Pending);
            if is_free(version, calendar.now) && !waits {
                actions.push(Action::Remove(*sequence));
            }
            continue;
        }
        let classes = matching().flat_map(|rule| {
            let due = rule.noncurrent_transitions.iter().filter(|(noncurrent, _)| applies(*noncurrent));
            due.map(|(_, class)| (&rule.filter, *class))
        });
        actions.extend(lowest(lifecycle, version, classes).map(|class| Action::Move(*sequence, class)));
    }
    actions
}

fn of_newest(
    bucket: &Bucket,
    lifecycle: &Lifecycle,
    rules: &[&LifecycleRule],
    key: &str,
    (sequence, version): (u64, &Version),
    alone: bool,
    calendar: Calendar,
) -> Option<Action> {
    let matching = || rules.iter().filter(|rule| matches(&rule.filter, key, version));
    let expires = |rule: &&&LifecycleRule| match rule.expiration {
        Some(Expiration::When(when)) => calendar.is_due(version.modified, when),
        _ => false,
    };
    if matches!(version.kind, Kind::DeleteMarker) {
        let marked = |rule: &&&LifecycleRule| rule.expiration == Some(Expiration::ExpiredMarkers(true));
        let goes = alone && matching().any(|rule| marked(&rule) || expires(&rule));
        return goes.then_some(Action::RemoveMarker(sequence));
    }
    if matching().any(|rule| expires(&rule)) {
        // Where no marker is put on top, the lock decides.
        let may = bucket.versioning != Versioning::Off || is_free(version, calendar.now);
        return may.then_some(Action::Expire);
    }
    let classes = matching().flat_map(|rule| {
        let due = rule.transitions.iter().filter(|t| calendar.is_due(version.modified, t.when));
        due.map(|transition| (&rule.filter, transition.class))
    });
    lowest(lifecycle, version, classes).map(|class| Action::Move(sequence, class))
}

/// When the newest version will expire, in seconds since 1970, and by which rule: the earliest.
pub(crate) fn expiry(
    bucket: &Bucket,
    key: &str,
    version: &Version,
    calendar: Calendar,
) -> Option<(i64, String)> {
    let rules = rules_of(bucket)?.rules.iter().filter(|rule| rule.enabled);
    let dates = rules.filter(|rule| matches(&rule.filter, key, version)).filter_map(|rule| {
        let date = match rule.expiration? {
            Expiration::When(When::Days(days)) => calendar.midnight_after(version.modified, days),
            Expiration::When(When::Date(date)) => date,
            Expiration::ExpiredMarkers(_) => return None,
        };
        Some((date, rule.id.clone()))
    });
    dates.min()
}

fn is_free(version: &Version, now: i64) -> bool {
    match &version.kind {
        Kind::Object(object) => object.lock.against_erasure(now.saturating_mul(1000)) == Verdict::Free,
        Kind::DeleteMarker => true,
    }
}

/// A delete marker has neither size nor tags.
fn matches(filter: &LifecycleFilter, key: &str, version: &Version) -> bool {
    if !filter.prefix.as_deref().is_none_or(|prefix| key.starts_with(prefix)) {
        return false;
    }
    match &version.kind {
        Kind::DeleteMarker => {
            filter.tags.is_empty() && filter.larger_than.is_none() && filter.smaller_than.is_none()
        }
        Kind::Object(object) => {
            filter.tags.iter().all(|tag| object.tags.contains(tag)) && fits(filter, object.size)
        }
    }
}

fn fits(filter: &LifecycleFilter, size: u64) -> bool {
    let bound = |bytes: i64| u64::try_from(bytes).unwrap_or_default();
    filter.larger_than.is_none_or(|bytes| size > bound(bytes))
        && filter.smaller_than.is_none_or(|bytes| size < bound(bytes))
}

/// The coldest of the classes that the version may move to. Nothing ever moves to a warmer one.
fn lowest<'a>(
    lifecycle: &Lifecycle,
    version: &Version,
    classes: impl Iterator<Item = (&'a LifecycleFilter, StorageClass)>,
) -> Option<StorageClass> {
    let Kind::Object(object) = &version.kind else {
        return None;
    };
    let colder = |class: StorageClass| class.coldness() > object.class.coldness();
    classes
        .filter(|(filter, class)| colder(*class) && may_move(lifecycle, filter, object, *class))
        .map(|(_, class)| class)
        .max_by_key(|class| class.coldness())
}

fn may_move(lifecycle: &Lifecycle, filter: &LifecycleFilter, object: &Object, class: StorageClass) -> bool {
    let archives = lifecycle.minimum == TransitionMinimum::VariesByStorageClass && class.is_archive();
    object.size >= SMALL || archives || filter.larger_than.is_some() || filter.smaller_than.is_some()
}
