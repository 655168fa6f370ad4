//! One case for each thing that can be wrong with a chain.

use trailward_digest::Reason;
use trailward_digest::judge::{Asked, Body, Claim, Fault, Link, judge};

pub(crate) const HOUR: i64 = 3600;

pub(crate) fn key(n: i64) -> String {
    format!("p/AWSLogs/1/CloudTrail-Digest/r/{n}.json.gz")
}

fn hash(n: i64, salt: u8) -> [u8; 32] {
    let mut hash = [salt; 32];
    hash[..8].copy_from_slice(&n.to_be_bytes());
    hash
}

pub(crate) fn claim(n: i64) -> Claim {
    Claim {
        bucket: "b".into(),
        key: key(n),
        stamp: Some((n + 1) * HOUR),
        hash: Some(hash(n, 1)),
        signature: hash(n, 2),
    }
}

/// The digest of hour `n`, which follows that of the hour before.
pub(crate) fn link(n: i64) -> Link {
    let body = Body {
        start: n * HOUR,
        end: (n + 1) * HOUR,
        hash: hash(n, 1),
        signature: hash(n, 2),
        previous: Some(claim(n - 1)),
    };
    Link { bucket: "b".into(), key: key(n), stamp: (n + 1) * HOUR, body: Some(body) }
}

pub(crate) fn first(n: i64) -> Link {
    let mut link = link(n);
    link.body.as_mut().unwrap().previous = None;
    link
}

/// The hours from `from` to `to`, the first of them a starting digest.
pub(crate) fn chain(from: i64, to: i64) -> Vec<Link> {
    std::iter::once(first(from)).chain((from + 1..to).map(link)).collect()
}

pub(crate) fn asked(end: i64) -> Asked {
    Asked {
        start: None,
        end: None,
        now: end * HOUR,
        interval: HOUR,
        grace: HOUR,
        backfill: false,
        began: None,
        stopped: None,
    }
}

fn faults(links: &[Link], asked: &Asked) -> Vec<(Reason, Option<i64>, Option<i64>)> {
    let hours = |at: Option<i64>| at.map(|at| at / HOUR);
    let list = |f: Fault| (f.reason, hours(f.start), hours(f.end));
    judge(links, asked).faults.into_iter().map(list).collect()
}

#[test]
fn a_whole_chain_has_no_fault() {
    let judgement = judge(&chain(0, 10), &asked(10));
    assert_eq!(judgement.faults, []);
    assert_eq!(judgement.covered.len(), 10);
    // The next digest is due an hour after the last, and may take another.
    assert_eq!(faults(&chain(0, 10), &asked(12)), []);
    // Nothing at all is for the caller to miss.
    assert_eq!(faults(&[], &asked(5)), []);
}

#[test]
fn what_is_missing() {
    let without = |gone: &[i64]| -> Vec<Link> {
        chain(0, 10).into_iter().filter(|link| !gone.contains(&(link.stamp / HOUR - 1))).collect()
    };
    assert_eq!(faults(&without(&[4]), &asked(10)), [(Reason::DigestMissing, Some(4), Some(5))]);
    assert_eq!(faults(&without(&[4, 5, 6]), &asked(10)), [(Reason::DigestMissing, Some(4), Some(7))]);
    assert_eq!(
        faults(&without(&[2, 7]), &asked(10)),
        [(Reason::DigestMissing, Some(2), Some(3)), (Reason::DigestMissing, Some(7), Some(8))]
    );
    assert_eq!(faults(&without(&[0]), &asked(10)), [(Reason::HeadMissing, None, Some(1))]);
    assert_eq!(faults(&without(&[8, 9]), &asked(11)), [(Reason::TailMissing, Some(8), Some(11))]);
    // A restart without a link to what was before.
    let mut restarted = chain(0, 4);
    restarted.extend(chain(6, 10));
    let seen: Vec<_> = faults(&restarted, &asked(10));
    assert_eq!(seen, [(Reason::ChainGap, Some(4), Some(6)), (Reason::LoggingStopped, Some(4), Some(6))]);
    // A restart that leaves no time out: what was done in between has left no record.
    let mut restarted = chain(0, 4);
    restarted.extend(chain(4, 10));
    assert_eq!(faults(&restarted, &asked(10)), [(Reason::LoggingStopped, Some(4), Some(4))]);
    // Again and again, and after a digest that failed.
    restarted.truncate(6);
    restarted.extend(chain(6, 7));
    restarted.extend(chain(7, 10));
    restarted[5].body = None;
    let stops = [4, 6, 7].map(|at| (Reason::LoggingStopped, Some(at), Some(at)));
    assert_eq!(faults(&restarted, &asked(10)), stops);
}

#[test]
fn where_logging_began_and_ended_may_be_known() {
    let young = chain(5, 10);
    let since = |start: i64| Asked { start: Some(start * HOUR), end: Some(10 * HOUR), ..asked(10) };
    let begins = |from| [(Reason::LoggingStopped, Some(from), Some(5))];
    assert_eq!(faults(&young, &since(2)), begins(2));
    let told = |began: i64| Asked { began: Some(began), ..since(2) };
    assert_eq!(faults(&young, &told(5 * HOUR)), []);
    assert_eq!(faults(&young, &told(5 * HOUR - 900)), []);
    assert_eq!(faults(&young, &told(5 * HOUR - 901)), begins(2));
    // What is known of the beginning excuses nothing else.
    let missing: Vec<Link> = young[1..].to_vec();
    assert!(faults(&missing, &told(5 * HOUR)).iter().any(|(reason, ..)| *reason == Reason::DigestMissing));
    let mut again = chain(3, 5);
    again.extend(young.clone());
    assert_eq!(faults(&again, &told(5 * HOUR))[0].0, Reason::LoggingStopped);
    // A trail that is known to be stopped is not waited for.
    let stopped = |at: i64| Asked { start: None, end: None, stopped: Some(at * HOUR), ..asked(11) };
    assert_eq!(faults(&young, &stopped(10)), [(Reason::LoggingStopped, Some(10), Some(11))]);
    assert_eq!(faults(&young, &Asked { end: Some(9 * HOUR), ..stopped(10) }), []);
    assert_eq!(faults(&young, &asked(11)), []);
}

#[test]
fn a_range_is_held_to_its_ends() {
    let within =
        |from: i64, to: i64, now: i64| Asked { start: Some(from * HOUR), end: Some(to * HOUR), ..asked(now) };
    let links: Vec<Link> = (5..10).map(link).collect();
    // The digest before the range is not in it, and not missed.
    assert_eq!(faults(&links, &within(5, 10, 50)), []);
    assert_eq!(faults(&links, &within(6, 9, 50)), []);
    // One hour more: the predecessor is named, so it is known what is missing.
    assert_eq!(faults(&links, &within(4, 10, 50)), [(Reason::DigestMissing, Some(4), Some(5))]);
    assert_eq!(
        faults(&links, &within(2, 10, 50)),
        [(Reason::DigestMissing, Some(2), Some(5)), (Reason::HeadMissing, Some(2), Some(5))]
    );
    assert_eq!(faults(&links, &within(5, 12, 50)), [(Reason::TailMissing, Some(10), Some(12))]);
    // The end of the range lies in the future.
    assert_eq!(faults(&links, &within(5, 99, 11)), []);
    let young = chain(5, 10);
    assert_eq!(faults(&young, &within(2, 10, 50)), [(Reason::LoggingStopped, Some(2), Some(5))]);
    assert_eq!(faults(&young, &within(5, 10, 50)), []);
}

#[test]
fn what_does_not_continue() {
    type Change = fn(&mut Body);
    let changes: [Change; 4] = [
        |body| body.previous.as_mut().unwrap().hash = Some([9; 32]),
        |body| body.previous.as_mut().unwrap().hash = None,
        |body| body.previous.as_mut().unwrap().signature = [9; 32],
        |body| body.start += 1,
    ];
    for change in changes {
        let mut links = chain(0, 6);
        change(links[3].body.as_mut().unwrap());
        assert_eq!(faults(&links, &asked(6))[0].0, Reason::ChainBroken);
        assert_eq!(faults(&links, &asked(6)).len(), 1);
    }
    // A digest that names a later one as its predecessor.
    let mut links = chain(0, 6);
    links[2].body.as_mut().unwrap().previous = Some(claim(4));
    let reasons: Vec<Reason> = faults(&links, &asked(6)).into_iter().map(|f| f.0).collect();
    assert!(reasons.contains(&Reason::ChainBroken) && reasons.contains(&Reason::ChainForked), "{reasons:?}");
}

#[test]
fn two_that_claim_one_place() {
    let mut links = chain(0, 6);
    let mut twin = link(3);
    twin.key = "p/AWSLogs/1/CloudTrail-Digest/r/twin.json.gz".into();
    links.insert(4, twin);
    assert_eq!(faults(&links, &asked(6)), [(Reason::ChainForked, Some(3), Some(4))]);
    // Another chain over the same time.
    let mut links = chain(0, 6);
    let mut other = first(3);
    other.key = "p/AWSLogs/1/CloudTrail-Digest/r/other.json.gz".into();
    links.insert(4, other);
    assert_eq!(faults(&links, &asked(6)), [(Reason::ChainForked, Some(3), Some(4))]);
}

#[test]
fn a_failed_digest_is_not_missed_again() {
    let mut links = chain(0, 6);
    links[3].body = None;
    assert_eq!(faults(&links, &asked(6)), []);
    assert_eq!(judge(&links, &asked(6)).covered.len(), 5);
    // Its place in a copy has another prefix and no bucket.
    links[3].key = links[3].key.replace("p/AWSLogs", "copy/of/AWSLogs");
    links[3].bucket.clear();
    assert_eq!(faults(&links, &asked(6)), []);
    // Nor when the prefix holds the tree's own name.
    links[3].key = links[3].key.replace("copy/of/", "AWSLogs/");
    assert_eq!(faults(&links, &asked(6)), []);
    let last = links.len() - 1;
    links[last].body = None;
    assert_eq!(faults(&links, &asked(6)), []);
}

#[test]
fn another_bucket_is_named() {
    let mut links: Vec<Link> = (5..10).map(link).collect();
    links[0].body.as_mut().unwrap().previous.as_mut().unwrap().bucket = "old".into();
    let asked = Asked { start: Some(3 * HOUR), ..asked(10) };
    let judgement = judge(&links, &asked);
    assert_eq!(judgement.faults[0].reason, Reason::DigestMissing);
    assert!(judgement.faults[0].detail.contains("bucket old"), "{}", judgement.faults[0].detail);
}

#[test]
fn backfill_digests_link_but_cover_nothing() {
    let asked = Asked { backfill: true, ..asked(100) };
    let links = [first(2), {
        let mut late = link(9);
        late.body.as_mut().unwrap().previous = Some(claim(2));
        late
    }];
    let judgement = judge(&links, &asked);
    assert_eq!((judgement.faults, judgement.covered), (vec![], vec![]));
    assert_eq!(faults(&links[1..], &asked), [(Reason::DigestMissing, None, None)]);
    let later = Asked { start: Some(5 * HOUR), ..asked };
    assert_eq!(faults(&links[1..], &later), []);
    let mut broken = links.to_vec();
    broken[1].body.as_mut().unwrap().previous.as_mut().unwrap().signature = [0; 32];
    assert_eq!(faults(&broken, &asked)[0].0, Reason::ChainBroken);
}
