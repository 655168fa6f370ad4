//! Findings by reason, and the words that several formats share.

use std::collections::BTreeSet;
use time::OffsetDateTime;
use trailward_archive::report::{Finding, Report, Span};
use trailward_digest::{Reason, Verdict};
use trailward_model::stamp;

/// All findings of one reason.
pub(super) struct Group<'a> {
    pub reason: Reason,
    /// The worst of them.
    pub verdict: Verdict,
    /// Also those that were not kept one by one.
    pub total: u64,
    pub findings: Vec<&'a Finding>,
    /// Different objects.
    pub objects: usize,
    /// Records, as far as they could be counted.
    pub records: u64,
    /// The affected time, joined where it touches.
    pub spans: Vec<Span>,
    /// What to do, each advice once.
    pub remedies: Vec<&'a str>,
    /// Missing permissions, each once.
    pub needs: BTreeSet<&'a str>,
}

/// The groups in the order reports use.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for reason in Reason::ALL {
        let findings: Vec<&Finding> = report.findings.iter().filter(|f| f.reason == reason).collect();
        let kept = u64::try_from(findings.len()).unwrap_or(u64::MAX);
        let total = report.totals.get(reason.code()).copied().unwrap_or(0).max(kept);
        if total == 0 {
            continue;
        }
        let mut remedies: Vec<&str> = Vec::new();
        for finding in &findings {
            if !remedies.contains(&finding.remedy.as_str())
                && remedies.len() < 3
                && !finding.remedy.is_empty()
            {
                remedies.push(&finding.remedy);
            }
        }
        groups.push(Group {
            reason,
            verdict: findings.iter().map(|f| f.verdict).max().unwrap_or(reason.verdict()),
            total,
            objects: findings.iter().filter_map(|f| f.object.as_deref()).collect::<BTreeSet<_>>().len(),
            records: findings.iter().filter_map(|f| f.records).sum(),
            spans: joined(findings.iter().map(|f| f.span).collect()),
            remedies,
            needs: findings.iter().filter_map(|f| f.needs.as_deref()).collect(),
            findings,
        });
    }
    groups
}

/// Spans in order, those that touch made one. An open end is kept as it is.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.start.is_some() || span.end.is_some());
    spans.sort_by_key(|span| (span.start, span.end));
    let mut out: Vec<Span> = Vec::new();
    for span in spans {
        match out.last_mut() {
            Some(last) if last.end.is_none() || (last.end >= span.start) => {
                if let (Some(a), Some(b)) = (last.end, span.end) {
                    last.end = Some(a.max(b));
                } else {
                    last.end = None;
                }
            }
            _ => out.push(span),
        }
    }
    out
}

/// Hours that are touched: short spans count their hour once; `None` where one is open.
pub(super) fn hours(spans: &[Span]) -> Option<u64> {
    let (mut long, mut short) = (0, BTreeSet::new());
    for span in spans {
        let (start, end) = (span.start?, span.end?);
        match (end - start).whole_seconds() {
            seconds if seconds < 3600 => {
                short.insert((start.date(), start.hour()));
            }
            seconds => long += u64::try_from(seconds).ok()?.div_ceil(3600),
        }
    }
    Some(long + u64::try_from(short.len()).ok()?)
}

/// `2026-01-02T03:00:00Z`.
pub(super) fn moment(at: OffsetDateTime) -> String {
    stamp::extended(at)
}

/// `2026-01-02 03:00 to 04:00`, with the second date where it is another day.
pub(super) fn span(span: Span) -> String {
    let short = |at: OffsetDateTime| {
        let text = stamp::extended(at);
        let seconds = if at.second() == 0 { 16 } else { 19 };
        text.get(..seconds).unwrap_or_default().replace('T', " ")
    };
    match (span.start, span.end) {
        (Some(start), Some(end)) if start.date() == end.date() => {
            let end = short(end);
            format!("{} to {}", short(start), end.split_once(' ').map_or("", |(_, time)| time))
        }
        (Some(start), Some(end)) => format!("{} to {}", short(start), short(end)),
        (Some(start), None) => format!("from {}", short(start)),
        (None, Some(end)) => format!("until {}", short(end)),
        (None, None) => "all time".to_owned(),
    }
}

/// `1,234 objects`, `1 object`.
pub(super) fn count(number: u64, one: &str) -> String {
    let plural = match one.strip_suffix('y') {
        _ if number == 1 => one.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    };
    format!("{} {plural}", thousands(number))
}

/// `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.2 GiB`.
pub(super) fn bytes(number: u64) -> String {
    indicatif::HumanBytes(number).to_string()
}

/// What the whole says in one sentence, without the verdict's word.
pub(crate) fn sentence(report: &Report) -> String {
    let counts = &report.counts;
    let objects = format!(
        "{} of {} and {} of {} valid",
        thousands(counts.digests_valid),
        count(counts.digests, "digest"),
        thousands(counts.logs_valid),
        count(counts.logs, "log file")
    );
    let total: u64 = groups(report).iter().map(|g| g.total).sum();
    match (total, counts.digests) {
        (0, 0) => "nothing was found, and that was allowed".to_owned(),
        (0, _) => objects,
        _ => format!("{}: {objects}", count(total, "finding")),
    }
}

/// `50 accounts, 850 chains`.
pub(super) fn extent(report: &Report) -> String {
    let chains = u64::try_from(report.chains.len()).unwrap_or(u64::MAX);
    let mut extent = format!("{}, {}", count(report.counts.accounts, "account"), count(chains, "chain"));
    if report.counts.logs_pending > 0 {
        let pending = count(report.counts.logs_pending, "log file");
        extent.push_str(&format!(", {pending} pending: the next digest is not due yet"));
    }
    extent
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn spans_that_touch_are_one() {
        let at = |hour: u8| Some(datetime!(2026-01-02 00:00 UTC).replace_hour(hour).unwrap());
        let of = |start, end| Span { start: at(start), end: at(end) };
        let joined = joined(vec![of(3, 4), of(1, 2), of(2, 3), of(8, 9), Span { start: None, end: None }]);
        assert_eq!(joined, [of(1, 4), of(8, 9)]);
        assert_eq!(hours(&joined), Some(4));
        assert_eq!(span(of(1, 4)), "2026-01-02 01:00 to 04:00");
        assert_eq!(hours(&[Span { start: at(1), end: None }]), None);
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(1, "log file"), "1 log file");
        assert_eq!((count(2, "key"), count(2, "entry")), ("2 keys".into(), "2 entries".into()));
        assert_eq!(count(1_234_567, "finding"), "1,234,567 findings");
        assert_eq!(thousands(100), "100");
    }
}
