//! Judging a whole chain: whether its digests form one line that covers the time asked for (S1, S2).
//!
//! What one digest says is believed here only if its signature was checked before; a digest that failed takes part as
//! a place in time without content.

use crate::Reason;
use std::collections::{HashMap, HashSet};

/// A digest in a chain. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The bucket the digest was delivered to.
    pub bucket: String,
    /// The key it was delivered under.
    pub key: String,
    /// The end time in its name.
    pub stamp: i64,
    /// What it says, when its signature is good; `None` when it failed, which the caller has reported. Then bucket and
    /// key are where it lies.
    pub body: Option<Body>,
}

/// What a digest with a good signature says of itself and of its predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The window's start.
    pub start: i64,
    /// The window's end.
    pub end: i64,
    /// SHA-256 of its uncompressed bytes.
    pub hash: [u8; 32],
    /// SHA-256 of its signature's bytes.
    pub signature: [u8; 32],
    /// Its predecessor; `None` for the first of a chain.
    pub previous: Option<Claim>,
}

/// What a digest says of its predecessor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where it lies.
    pub bucket: String,
    /// Where it lies.
    pub key: String,
    /// The end time in its name, where the name has one.
    pub stamp: Option<i64>,
    /// SHA-256 of its uncompressed bytes, where the digest has a well-formed one.
    pub hash: Option<[u8; 32]>,
    /// SHA-256 of its signature's bytes.
    pub signature: [u8; 32],
}

/// What is asked of a chain. Times are seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The range's start; `None` for the chain's own beginning.
    pub start: Option<i64>,
    /// The range's end; `None` for now.
    pub end: Option<i64>,
    /// The time of the validation.
    pub now: i64,
    /// How often a digest is due, in seconds.
    pub interval: i64,
    /// How long after its window's end a digest may still be on its way, in seconds.
    pub grace: i64,
    /// Backfill digests are made when there is something late to list: they link to each other but cover no time.
    pub backfill: bool,
    /// When logging began for the first time, where somebody who knows has said so: a chain that begins then, and has
    /// nothing before it, begins where it must. `None` when nobody has.
    pub began: Option<i64>,
    /// When logging was stopped, where somebody who knows has said that it is.
    pub stopped: Option<i64>,
}

/// One thing that is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Why.
    pub reason: Reason,
    /// The digest that is missing or wrong: bucket and key.
    pub object: Option<(String, String)>,
    /// The time that is not proven because of it.
    pub start: Option<i64>,
    /// The time that is not proven because of it.
    pub end: Option<i64>,
    /// What exactly was seen.
    pub detail: String,
}

/// What a chain proves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What is wrong, in order of time.
    pub faults: Vec<Fault>,
    /// The windows of the digests with good signatures, in order of time.
    pub covered: Vec<(i64, i64)>,
}

/// Judges the digests of one chain, in order of their stamps. They must be all digests whose stamp lies in the range
/// asked for, and up to one interval beyond its end; a predecessor outside of that is not missed.
pub fn judge(links: &[Link], asked: &Asked) -> Judgement {
    let mut judgement = Judgement::default();
    let by_key: HashMap<(&str, &str), usize> =
        links.iter().enumerate().map(|(n, link)| ((link.bucket.as_str(), link.key.as_str()), n)).collect();
    // A copy lies under another prefix, and a digest that failed cannot say where it was delivered.
    let failed: HashSet<&str> =
        links.iter().filter(|link| link.body.is_none()).map(|link| tail_of(&link.key)).collect();
    forks(links, &mut judgement);
    for (n, link) in links.iter().enumerate() {
        let Some(body) = &link.body else { continue };
        let before = n.checked_sub(1).and_then(|at| links.get(at));
        match &body.previous {
            Some(claim) => {
                match by_key.get(&(claim.bucket.as_str(), claim.key.as_str())).and_then(|&at| links.get(at)) {
                    Some(older) => follows(link, body, claim, older, asked, &mut judgement),
                    None if failed.contains(tail_of(&claim.key)) => {}
                    None => absent(link, body, claim, before, asked, &mut judgement),
                }
            }
            None => begins(link, body, before, asked, &mut judgement),
        }
        if !asked.backfill {
            judgement.covered.push((body.start, body.end));
        }
    }
    if !asked.backfill {
        overlaps(links, &mut judgement);
        head(links, asked, &mut judgement);
        tail(links, asked, &mut judgement);
    }
    for fault in &mut judgement.faults {
        // Where windows overlap, the time between two neighbours is negative.
        fault.start = fault.start.map(|start| fault.end.map_or(start, |end| start.min(end)));
    }
    judgement.faults.sort_by(|a, b| (a.reason, &a.object, a.start).cmp(&(b.reason, &b.object, b.start)));
    // What two successors name is missed once.
    judgement.faults.dedup_by(|later, first| {
        first.reason == Reason::DigestMissing && later.reason == first.reason && later.object == first.object
    });
    judgement.faults.sort_by_key(|fault| (fault.start, fault.end));
    judgement
}

/// The part of a key that stays the same wherever it is copied to.
fn tail_of(key: &str) -> &str {
    // The last one: the prefix of an archive may hold the name itself.
    key.rfind("AWSLogs/").and_then(|at| key.get(at..)).unwrap_or(key)
}

fn place(link: &Link) -> (String, String) {
    (link.bucket.clone(), link.key.clone())
}

/// Two digests that claim one predecessor.
fn forks(links: &[Link], judgement: &mut Judgement) {
    let mut claimed: HashMap<(&str, &str), &Link> = HashMap::new();
    for link in links {
        let Some((body, claim)) = link.body.as_ref().and_then(|b| b.previous.as_ref().map(|c| (b, c))) else {
            continue;
        };
        let Some(first) = claimed.insert((&claim.bucket, &claim.key), link) else { continue };
        judgement.faults.push(Fault {
            reason: Reason::ChainForked,
            object: Some(place(link)),
            start: Some(body.start),
            end: Some(body.end),
            detail: format!("both this digest and {} name {} as their predecessor", first.key, claim.key),
        });
    }
}

/// The predecessor is there: hash, signature and time must be what the successor says.
fn follows(link: &Link, body: &Body, claim: &Claim, older: &Link, asked: &Asked, judgement: &mut Judgement) {
    // A failed predecessor has its own finding; there is nothing to compare with.
    let Some(before) = &older.body else { return };
    let differs = if claim.signature != before.signature {
        "previousDigestSignature is not its predecessor's signature"
    } else if claim.hash != Some(before.hash) {
        "previousDigestHashValue is not its predecessor's hash"
    } else if !asked.backfill && body.start != before.end {
        "digestStartTime is not its predecessor's digestEndTime"
    } else if !asked.backfill && older.stamp >= link.stamp {
        "its predecessor is not older"
    } else {
        return;
    };
    judgement.faults.push(Fault {
        reason: Reason::ChainBroken,
        object: Some(place(link)),
        start: Some(before.end.min(body.start)),
        end: Some(body.end),
        detail: format!("{differs} ({})", older.key),
    });
}

/// The predecessor is not there.
fn absent(
    link: &Link,
    body: &Body,
    claim: &Claim,
    before: Option<&Link>,
    asked: &Asked,
    judgement: &mut Judgement,
) {
    let before_range = |start| match claim.stamp {
        Some(stamp) if asked.backfill => stamp < start,
        _ => body.start <= start,
    };
    if asked.start.is_some_and(before_range) {
        return;
    }
    if before.is_none() && asked.start.is_none() && !asked.backfill {
        judgement.faults.push(Fault {
            reason: Reason::HeadMissing,
            object: Some((claim.bucket.clone(), claim.key.clone())),
            start: None,
            end: Some(body.start),
            detail: format!(
                "the oldest digest ({}) continues another one, which is not in the archive; if a lifecycle rule \
                 expired it, name a start time",
                link.key
            ),
        });
        return;
    }
    let start = match before {
        Some(older) => Some(older.body.as_ref().map_or(older.stamp, |b| b.end)),
        None => asked.start,
    };
    let elsewhere = if claim.bucket == link.bucket {
        String::new()
    } else {
        format!("; it lies in bucket {}, which is not among the sources", claim.bucket)
    };
    judgement.faults.push(Fault {
        reason: Reason::DigestMissing,
        object: Some((claim.bucket.clone(), claim.key.clone())),
        start: if asked.backfill { None } else { start },
        end: if asked.backfill { None } else { Some(body.start) },
        detail: format!("{} names it as its predecessor{elsewhere}", link.key),
    });
}

/// A starting digest inside the range: logging or validation was switched off before it and on again, or digests were
/// removed. Windows that join prove no more than that the signatures are good: what was switched off and on in between
/// has left no record, so the place is named whatever its length.
fn begins(link: &Link, body: &Body, before: Option<&Link>, asked: &Asked, judgement: &mut Judgement) {
    let Some(older) = before else { return };
    let end = older.body.as_ref().map_or(older.stamp, |b| b.end);
    // Windows that overlap are a fork, which says more.
    if asked.backfill || end > body.start {
        return;
    }
    judgement.faults.push(Fault {
        reason: Reason::LoggingStopped,
        object: Some(place(link)),
        start: Some(end),
        end: Some(body.start),
        detail: format!(
            "the chain ends with {} and this digest starts a new one: logging or validation was switched off and on",
            older.key
        ),
    });
    if end < body.start {
        judgement.faults.push(Fault {
            reason: Reason::ChainGap,
            object: None,
            start: Some(end),
            end: Some(body.start),
            detail: format!(
                "{} starts a new chain: logging or validation was off before it, or digests were removed",
                link.key
            ),
        });
    }
}

/// Two digests that cover the same time.
fn overlaps(links: &[Link], judgement: &mut Judgement) {
    let mut valid: Vec<(&Link, &Body)> =
        links.iter().filter_map(|link| link.body.as_ref().map(|body| (link, body))).collect();
    valid.sort_by_key(|(_, body)| (body.start, body.end));
    for pair in valid.windows(2) {
        let [(older, before), (link, body)] = pair else { continue };
        if body.start >= before.end {
            continue;
        }
        let known = judgement.faults.iter().any(|fault| {
            fault.reason == Reason::ChainForked
                && fault.object.as_ref().is_some_and(|(_, key)| *key == link.key)
        });
        if !known {
            judgement.faults.push(Fault {
                reason: Reason::ChainForked,
                object: Some(place(link)),
                start: Some(body.start),
                end: Some(before.end.min(body.end)),
                detail: format!("its window overlaps that of {}", older.key),
            });
        }
    }
}

/// How long after the first start of logging the first window may begin, in seconds.
pub const SETTLING: i64 = 900;

/// The range starts before the first digest does.
fn head(links: &[Link], asked: &Asked, judgement: &mut Judgement) {
    let (Some(start), Some(first)) = (asked.start, links.first()) else { return };
    let (reason, begins, detail) = match &first.body {
        Some(body) if body.start <= start => return,
        // The one predecessor that it names has been missed already; more is missing only before that.
        Some(Body { start: at, previous: Some(_), .. }) if at - asked.interval <= start => return,
        Some(body) if body.previous.is_none() => {
            // CAUTION: only a first start is known to have nothing before it. Who can stop and start logging can
            // choose when it was started last.
            if asked.began.is_some_and(|began| body.start <= began.saturating_add(SETTLING)) {
                return;
            }
            let detail = format!("{} starts the chain; nothing proves the time before it", first.key);
            (Reason::LoggingStopped, body.start, detail)
        }
        Some(body) => {
            (Reason::HeadMissing, body.start, format!("the oldest digest in the range is {}", first.key))
        }
        None if first.stamp - asked.interval <= start => return,
        None => {
            let begins = first.stamp - asked.interval;
            (Reason::HeadMissing, begins, format!("the oldest digest in the range is {}", first.key))
        }
    };
    let object = if reason == Reason::LoggingStopped { Some(place(first)) } else { None };
    judgement.faults.push(Fault { reason, object, start: Some(start), end: Some(begins), detail });
}

/// The range goes on after the last digest does, and the next one is due.
fn tail(links: &[Link], asked: &Asked, judgement: &mut Judgement) {
    let Some(last) = links.last() else { return };
    let end = last.body.as_ref().map_or(last.stamp, |body| body.end);
    let wanted = asked.end.unwrap_or(asked.now).min(asked.now);
    if end >= wanted {
        return;
    }
    if asked.stopped.is_some_and(|stopped| stopped <= wanted) {
        judgement.faults.push(Fault {
            reason: Reason::LoggingStopped,
            object: Some(place(last)),
            start: Some(end),
            end: Some(wanted),
            detail: format!("the trail does not log; the newest digest is {}", last.key),
        });
        return;
    }
    let due = end.saturating_add(asked.interval).saturating_add(asked.grace);
    if due >= asked.now {
        return;
    }
    judgement.faults.push(Fault {
        reason: Reason::TailMissing,
        object: None,
        start: Some(end),
        end: Some(wanted),
        detail: format!("the newest digest is {}; the next one was due long ago", last.key),
    });
}
