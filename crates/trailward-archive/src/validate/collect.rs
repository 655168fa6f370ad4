//! Collecting findings: bounded, counted, and shown to the observer as they come.

use crate::report::{Finding, MOST_FINDINGS, Observer, Span};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use trailward_digest::{Reason, Verdict};

/// Where findings go.
pub(super) struct Collector {
    observer: Arc<dyn Observer>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    findings: Vec<Finding>,
    totals: BTreeMap<&'static str, u64>,
    worst: Option<Verdict>,
}

impl Collector {
    pub(super) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { observer, inner: Mutex::default() }
    }

    pub(super) fn add(&self, finding: Finding) {
        self.observer.finding(&finding);
        if let Ok(mut inner) = self.inner.lock() {
            *inner.totals.entry(finding.reason.code()).or_default() += 1;
            inner.worst = inner.worst.max(Some(finding.verdict));
            if inner.findings.len() < MOST_FINDINGS {
                inner.findings.push(finding);
            }
        }
    }

    /// A finding about something that is not there at all.
    pub(super) fn missing(
        &self,
        reason: Reason,
        account: &str,
        region: Option<&str>,
        span: Span,
        detail: String,
    ) {
        self.add(Finding {
            reason,
            verdict: reason.verdict(),
            account: Some(account.to_owned()).filter(|id| !id.is_empty()),
            region: region.map(str::to_owned),
            trail: None,
            object: None,
            span,
            records: None,
            detail,
            remedy: remedy(reason).to_owned(),
            needs: None,
        });
    }

    /// All of them in order, how many of each there are, and the verdict.
    pub(super) fn finish(&self) -> (Vec<Finding>, BTreeMap<&'static str, u64>, Verdict) {
        let Ok(mut inner) = self.inner.lock() else {
            // A thread died while it held a finding: whatever it was, nothing is proven.
            return (Vec::new(), BTreeMap::new(), Verdict::Incomplete);
        };
        let mut findings = std::mem::take(&mut inner.findings);
        let order = |reason| Reason::ALL.iter().position(|r| *r == reason);
        findings.sort_by(|a, b| {
            (order(a.reason), &a.account, &a.region, a.span.start, &a.object).cmp(&(
                order(b.reason),
                &b.account,
                &b.region,
                b.span.start,
                &b.object,
            ))
        });
        (findings, inner.totals.clone(), inner.worst.unwrap_or(Verdict::Intact))
    }
}

/// What the reader should do next. An object whose bytes are wrong needs other advice than one that may not be read.
pub(super) const fn remedy_of(reason: Reason, verdict: Verdict) -> &'static str {
    match (reason, verdict) {
        (Reason::LogUnreadable | Reason::DigestUnreadable, Verdict::Altered) => remedy(Reason::LogAltered),
        _ => remedy(reason),
    }
}

/// What the reader should do next.
pub(super) const fn remedy(reason: Reason) -> &'static str {
    match reason {
        Reason::LogAltered | Reason::LogTrailingBytes => {
            "Treat it as tampering: keep this version, look for an older one (list-object-versions), and search the \
             bucket's own data events for who wrote it."
        }
        Reason::DigestAltered | Reason::ChainBroken | Reason::ChainForked => {
            "Treat it as tampering: keep this version, look for an older one (list-object-versions), and compare with \
             a replica or mirror."
        }
        Reason::DigestMoved => {
            "If this is a copy, name where it was delivered with --original s3://BUCKET/PREFIX; otherwise it was put \
             here by somebody else."
        }
        Reason::LogMissing | Reason::DigestMissing => {
            "Look for an older version or a delete marker (list-object-versions), a lifecycle rule that expired it, or \
             a replica; find who deleted it in the bucket's own data events."
        }
        Reason::LogUnreadable | Reason::DigestUnreadable => {
            "Grant the permission that is named, or restore the object, and run again."
        }
        Reason::LogUnlisted => {
            "If validation was on when it was delivered, somebody else put it here; do not rely on its records."
        }
        Reason::KeyUnknown => {
            "Give the keys of that time: --keys FILE made by `trailward archive keys`, or credentials for \
             cloudtrail:ListPublicKeys in the digest's Region."
        }
        Reason::ChainGap | Reason::LoggingStopped => {
            "Look for StopLogging, UpdateTrail or DeleteTrail at the start of that time."
        }
        Reason::TailMissing => {
            "Look whether the trail still logs (get-trail-status), and for StopLogging or DeleteObject at the tail."
        }
        Reason::HeadMissing => {
            "Narrow the range to the trail's lifetime, or bring the older part from its archive."
        }
        Reason::RegionMissing | Reason::AccountMissing => {
            "Look whether the trail covers it, and whether its folder was deleted (list-object-versions)."
        }
        Reason::NothingFound => {
            "Check the source, the prefix and the range; a trail without log file validation makes no digests."
        }
        Reason::FromTheFuture => {
            "Compare this machine's clock with a true one; if it is right, somebody else put it here."
        }
        Reason::NotSearched => {
            "Look what lies there. Name its own place as a source, move it out of the archive, or leave it out with \
             --except."
        }
    }
}
