//! Which days are proven.

use super::group::Proven;
use crate::range::Range;
use crate::report::{Coverage, Day, DayState, Finding};
use time::{Date, OffsetDateTime};
use trailward_digest::judge::SETTLING;
use trailward_digest::{Reason, Verdict};

const DAY: i64 = 86_400;
/// The most days that a map shows: 30 years.
const MOST_DAYS: usize = 11_000;

/// The days of a report.
pub(super) struct Calendar {
    range: Range,
    now: i64,
    /// When logging began for the first time, where that is known.
    began: Option<i64>,
}

impl Calendar {
    pub(super) fn new(range: Range, now: OffsetDateTime, began: Option<OffsetDateTime>) -> Self {
        Self { range, now: now.unix_timestamp(), began: began.map(OffsetDateTime::unix_timestamp) }
    }

    /// From when to when days are shown: the range; where it is open, what there is. What was delivered since the
    /// newest digest waits for the next one and is not asked for yet, unless `overdue`.
    fn ends(&self, group: &Proven, overdue: bool, last_fault: i64) -> (i64, i64) {
        let covered = group.covered.iter().copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let seen = match (covered, group.logged) {
            // A log file's name has the minute, of which a window may begin in the middle.
            (Some(a), Some(b)) => Some((if b.0 + 60 > a.0 { a.0 } else { b.0 }, a.1.max(b.1))),
            (one, other) => one.or(other),
        };
        let asked_end = self.range.end.map_or(self.now, OffsetDateTime::unix_timestamp).min(self.now);
        let newest = covered.map_or(asked_end, |(_, end)| end.max(last_fault));
        let end = if !overdue {
            asked_end.min(newest)
        } else if self.range.end.is_none() {
            // An archive that stopped years ago shows two days of silence, not years of it.
            asked_end.min(seen.map_or(asked_end, |(_, end)| end + 2 * DAY))
        } else {
            asked_end
        };
        let start = self.range.start.map(OffsetDateTime::unix_timestamp).or(seen.map(|(start, _)| start));
        // Before the first start of logging there is nothing to prove.
        let first = covered.map(|(first, _)| first);
        let first = first.filter(|first| self.began.is_some_and(|began| *first <= began + SETTLING));
        (start.map_or(end, |start| first.map_or(start, |first| start.max(first))), end)
    }

    /// The days of one account and Region.
    pub(super) fn of(&self, group: &Proven, findings: &[Finding]) -> Coverage {
        let of_group = |finding: &&Finding| {
            // What was left out, or lies behind now, belongs to no day.
            let timeless = matches!(finding.reason, Reason::NotSearched | Reason::FromTheFuture);
            !timeless
                && finding.account.as_deref().is_none_or(|id| id == group.account)
                && finding.region.as_deref().is_none_or(|name| name == group.region)
        };
        let findings: Vec<&Finding> = findings.iter().filter(of_group).collect();
        let late = findings.iter().any(|finding| finding.reason == Reason::TailMissing);
        // A digest that failed stands for time too.
        let ends = findings.iter().filter_map(|finding| finding.span.end);
        let last_fault = ends.map(OffsetDateTime::unix_timestamp).max().unwrap_or(i64::MIN);
        let troubles: Vec<(i64, i64, Verdict)> = findings
            .iter()
            .map(|finding| {
                let start = finding.span.start.map_or(i64::MIN, OffsetDateTime::unix_timestamp);
                let end = finding.span.end.map_or(i64::MAX, OffsetDateTime::unix_timestamp);
                (start, end, finding.verdict)
            })
            .collect();
        let mut covered = group.covered.clone();
        covered.sort_unstable();
        // Without any digest nothing is on its way.
        let overdue = covered.is_empty() || late;
        let (start, end) = self.ends(group, overdue, last_fault);
        let mut days = Vec::new();
        let mut at = start.div_euclid(DAY) * DAY;
        while at < end && days.len() < MOST_DAYS {
            let (from, to) = (at.max(start), (at + DAY).min(end));
            days.push(day(at, (from, to), &covered, &troubles));
            at += DAY;
        }
        Coverage { account: group.account.clone(), region: group.region.clone(), days }
    }
}

fn day(at: i64, (from, to): (i64, i64), covered: &[(i64, i64)], troubles: &[(i64, i64, Verdict)]) -> Day {
    let mut proven = 0;
    let mut reached = from;
    // Windows are in order of their starts, so those of the day lie together.
    let first = covered.partition_point(|(_, end)| *end <= from);
    for (start, end) in covered.iter().skip(first).take_while(|(start, _)| *start < to) {
        let (start, end) = ((*start).max(reached), (*end).min(to));
        if end > start {
            proven += end - start;
            reached = end;
        }
    }
    let worst = troubles
        .iter()
        .filter(|(start, end, _)| *start < to && *end > from)
        .map(|(_, _, verdict)| *verdict)
        .max();
    let state = match worst {
        Some(Verdict::Altered) => DayState::Altered,
        _ if proven == 0 => DayState::None,
        Some(Verdict::Incomplete) => DayState::Incomplete,
        _ if proven < to - from => DayState::Incomplete,
        _ => DayState::Ok,
    };
    let date = OffsetDateTime::from_unix_timestamp(at).map_or(Date::MIN, OffsetDateTime::date);
    Day {
        date: date.to_string(),
        state,
        proven_seconds: u32::try_from(proven).unwrap_or(u32::MAX),
        asked_seconds: u32::try_from(to - from).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn nothing_is_asked_of_the_time_before_logging_began() {
        let at = |hour: i64| datetime!(2026-03-02 0:00 UTC) + time::Duration::hours(hour);
        let group = Proven {
            account: "1".into(),
            region: "r".into(),
            digests: 2,
            logs: 1,
            chains: Vec::new(),
            covered: vec![
                (at(10).unix_timestamp() + 13, at(11).unix_timestamp()),
                (at(11).unix_timestamp(), at(12).unix_timestamp()),
            ],
            logged: Some((at(10).unix_timestamp(), at(11).unix_timestamp())),
        };
        let states = |start: Option<OffsetDateTime>, began: Option<OffsetDateTime>| {
            let range = Range { start, end: Some(at(12)) };
            let coverage = Calendar::new(range, at(12), began).of(&group, &[]);
            coverage.days.iter().map(|day| day.state).collect::<Vec<_>>()
        };
        // The first log file's name has the minute in which the first window began.
        assert_eq!(states(None, None), [DayState::Ok]);
        assert_eq!(states(Some(at(-24)), None), [DayState::None, DayState::Incomplete]);
        assert_eq!(states(Some(at(-24)), Some(at(10))), [DayState::Ok]);
        assert_eq!(states(Some(at(-24)), Some(at(9))), [DayState::None, DayState::Incomplete]);
    }

    #[test]
    fn a_day_is_ok_only_when_every_second_is_proven() {
        let hour = 3600;
        let hours = |from: i64, to: i64| -> Vec<(i64, i64)> {
            (from..to).map(|n| (n * hour, (n + 1) * hour)).collect()
        };
        let whole = (0, DAY);
        let state = |covered: &[(i64, i64)], troubles: &[(i64, i64, Verdict)]| {
            let day = day(0, whole, covered, troubles);
            (day.state, day.proven_seconds)
        };
        assert_eq!(state(&hours(-3, 30), &[]), (DayState::Ok, 86_400));
        assert_eq!(state(&hours(0, 23), &[]), (DayState::Incomplete, 82_800));
        assert_eq!(state(&[], &[]), (DayState::None, 0));
        // Windows that overlap count once.
        assert_eq!(state(&[(0, 7200), (3600, 7200)], &[]), (DayState::Incomplete, 7200));
        let trouble = (10, 20, Verdict::Incomplete);
        assert_eq!(state(&hours(0, 24), &[trouble]), (DayState::Incomplete, 86_400));
        assert_eq!(state(&hours(0, 24), &[trouble, (0, 1, Verdict::Altered)]).0, DayState::Altered);
        assert_eq!(state(&hours(0, 24), &[(DAY, DAY + 1, Verdict::Altered)]).0, DayState::Ok);
        assert_eq!(day(0, (0, hour), &hours(0, 1), &[]).state, DayState::Ok);
    }
}
