//! Reports for the tests of the formats.

use std::collections::BTreeMap;
use time::macros::datetime;
use trailward_archive::report::{
    ChainReport, Counts, Coverage, Day, DayState, Finding, KeysReport, Report, SourceReport, Span,
};
use trailward_digest::{Reason, Verdict};

/// What each format must neutralise.
pub(crate) const HOSTILE: &str = "s3://b/AWSLogs/\u{1b}[2J\u{7}]]></failure></script><script>alert('1')</script>&\"\r\n\u{202e}\u{fffe}.json.gz";

fn day(date: time::Date, state: DayState) -> Day {
    Day { date: date.to_string(), state, proven_seconds: 86_400, asked_seconds: 86_400 }
}

/// `accounts` × `regions` × `days`, all ok.
pub(crate) fn clean(accounts: u64, regions: usize, days: i64) -> Report {
    let mut names = trailward_model::DEFAULT_REGIONS.to_vec();
    names.sort_by_key(|name| *name != "us-east-1");
    let first = datetime!(2026-01-01 00:00 UTC);
    let span = Span { start: Some(first), end: Some(first + time::Duration::days(days)) };
    let mut chains = Vec::new();
    let mut coverage = Vec::new();
    for account in 0..accounts {
        for region in &names[..regions] {
            let account = (111_122_223_333 + account).to_string();
            chains.push(ChainReport {
                prefix: String::new(),
                organization: None,
                account: account.clone(),
                region: (*region).to_owned(),
                trail: "main".into(),
                home_region: "us-east-1".into(),
                backfill: false,
                digests: 24,
                logs: 288,
                found: Some(span),
                verdict: Verdict::Intact,
            });
            let day = |n| day((first + time::Duration::days(n)).date(), DayState::Ok);
            coverage.push(Coverage {
                account,
                region: (*region).to_owned(),
                days: (0..days).map(day).collect(),
            });
        }
    }
    Report {
        verdict: Verdict::Intact,
        at: datetime!(2026-06-01 00:00 UTC),
        sources: vec![SourceReport { name: "s3://b".into(), copy_of: None }],
        requested: span,
        found: Some(span),
        keys: KeysReport { origin: "CloudTrail API".into(), count: 2 },
        counts: Counts {
            accounts,
            regions: accounts * regions as u64,
            digests: 24,
            digests_valid: 24,
            logs: 288,
            logs_valid: 288,
            bytes: 9_000_000,
            unpacked: 170_000_000,
            ..Counts::default()
        },
        chains,
        coverage,
        findings: Vec::new(),
        totals: BTreeMap::new(),
        warnings: Vec::new(),
    }
}

/// A finding in the first chain of [`clean`].
pub(crate) fn finding(reason: Reason, object: Option<&str>) -> Finding {
    Finding {
        reason,
        verdict: reason.verdict(),
        account: Some("111122223333".into()),
        region: Some("us-east-1".into()),
        trail: Some("main".into()),
        object: object.map(str::to_owned),
        span: Span {
            start: Some(datetime!(2026-01-02 03:00 UTC)),
            end: Some(datetime!(2026-01-02 04:00 UTC)),
        },
        records: Some(92),
        detail: format!("seen in {HOSTILE}"),
        remedy: "Find out who wrote it: look for PutObject on this key.".into(),
        needs: None,
    }
}

/// Two Regions, three days, several findings with hostile names.
pub(crate) fn hostile() -> Report {
    let mut report = clean(1, 2, 3);
    report.verdict = Verdict::Altered;
    report.counts.logs_valid = 286;
    report.chains[0].verdict = Verdict::Altered;
    report.coverage[0].days[1].state = DayState::Altered;
    report.coverage[1].days[2].state = DayState::Incomplete;
    report.findings = vec![
        finding(Reason::LogAltered, Some(HOSTILE)),
        finding(Reason::LogAltered, Some("=HYPERLINK(\"http://evil\",\"x\")")),
        Finding {
            needs: Some("s3:GetObject on arn:aws:s3:::b/k".into()),
            ..finding(Reason::LogUnreadable, Some("s3://b/k"))
        },
        Finding { account: None, region: None, trail: None, ..finding(Reason::NothingFound, None) },
    ];
    report.totals = [("log-altered", 5), ("log-unreadable", 1), ("nothing-found", 1)].into();
    report.warnings = vec![format!("skipped {HOSTILE}")];
    report.sources[0].copy_of = Some("s3://original\u{1b}c".into());
    report
}
