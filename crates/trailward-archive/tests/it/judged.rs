//! What is said of clean and of tampered archives.

use crate::archive::{ACCOUNT, Archive, REGION, ask, codes, gzip, hour};
use std::collections::BTreeSet;
use std::fs;
use time::Duration;
use trailward_archive::expect::Expected;
use trailward_archive::range::Range;
use trailward_archive::report::{DayState, Report};
use trailward_archive::source::MANIFEST;
use trailward_digest::Verdict;

async fn said(archive: &Archive) -> (Verdict, Vec<(&'static str, u64)>) {
    let report = ask(archive.request()).await;
    (report.verdict, codes(&report))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_archive_is_intact() {
    let archive = Archive::new(30);
    let report = ask(archive.request()).await;
    assert_eq!(codes(&report), []);
    assert_eq!(report.verdict, Verdict::Intact);
    let counts = report.counts;
    assert_eq!((counts.digests, counts.digests_valid), (30, 30));
    assert_eq!((counts.logs, counts.logs_valid, counts.logs_unlisted), (60, 60, 0));
    assert_eq!(report.sources[0].copy_of.as_deref(), Some("s3://b/audit"));
    let coverage: Vec<_> = report.coverage[0].days.iter().map(|day| (day.date.as_str(), day.state)).collect();
    assert_eq!(coverage[..2], [("2026-03-01", DayState::Ok), ("2026-03-02", DayState::Ok)]);
    let chain = &report.chains[0];
    assert_eq!((chain.prefix.as_str(), chain.trail.as_str(), chain.digests), ("audit", "main", 30));
    assert_eq!(chain.found.unwrap().start, Some(hour(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_asks_for_its_part_only() {
    let archive = Archive::new(30);
    let narrowed = |start, end| {
        let mut request = archive.request();
        request.range = Range { start: Some(start), end: Some(end) };
        ask(request)
    };
    let report = narrowed(hour(5), hour(7)).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Intact, vec![]));
    // The digest that ends where the range starts, and the two of the range.
    assert_eq!(report.counts.digests, 3);
    // What is changed outside of the range is not asked for.
    archive.write(&archive.logs[0], &gzip(b"x"));
    assert_eq!(narrowed(hour(5), hour(7)).await.verdict, Verdict::Intact);
    assert_eq!(narrowed(hour(0), hour(7)).await.verdict, Verdict::Altered);
    let report = narrowed(hour(40), hour(50)).await;
    assert_eq!(codes(&report), [("nothing-found", 1)]);
    let report = narrowed(hour(-10), hour(1)).await;
    assert_eq!(codes(&report), [("log-altered", 1), ("logging-stopped", 1)]);
}

type Tampering = fn(&mut Archive);
type Case = (&'static str, Tampering, Verdict, &'static [(&'static str, u64)]);

#[tokio::test(flavor = "multi_thread")]
async fn every_tampering_has_its_reason() {
    let cases: [Case; 17] = [
        (
            "a log is rewritten",
            |a| a.write(&a.logs[4], &gzip(b"{}")),
            Verdict::Altered,
            &[("log-altered", 1)],
        ),
        (
            "bytes behind a log",
            |a| {
                let mut bytes = fs::read(a.path(&a.logs[4])).unwrap();
                bytes.push(0);
                a.write(&a.logs[4], &bytes);
            },
            Verdict::Altered,
            &[("log-trailing-bytes", 1)],
        ),
        ("a log is gone", |a| a.remove(&a.logs[4]), Verdict::Incomplete, &[("log-missing", 1)]),
        ("a log is no gzip", |a| a.write(&a.logs[4], b"plain"), Verdict::Altered, &[("log-unreadable", 1)]),
        (
            "a log is planted",
            |a| a.write(&a.logs[4].replace("unique", "forged"), &gzip(b"{}")),
            Verdict::Incomplete,
            &[("log-unlisted", 1)],
        ),
        (
            "a digest is gone",
            |a| a.remove(&a.digests[3].key),
            Verdict::Incomplete,
            &[("digest-missing", 1), ("log-unlisted", 2)],
        ),
        (
            "a digest is rewritten",
            |a| {
                let mut digest = a.digests[3].digest.clone();
                digest.log_files.pop();
                a.write(&a.digests[3].key, &gzip(&digest.to_bytes().unwrap()));
            },
            Verdict::Altered,
            &[("digest-altered", 1), ("log-unlisted", 2)],
        ),
        (
            "a digest is no digest",
            |a| a.write(&a.digests[3].key, &gzip(b"{}")),
            Verdict::Altered,
            &[("digest-unreadable", 1), ("log-unlisted", 2)],
        ),
        (
            "a digest is signed anew without its log",
            |a| {
                let mut digest = a.digests[3].digest.clone();
                digest.log_files.pop();
                let made = a.sign(a.digests[3].key.clone(), digest);
                a.store(&made);
                a.sign_sidecar();
            },
            Verdict::Altered,
            &[("chain-broken", 1), ("log-unlisted", 1)],
        ),
        (
            "a second digest claims the same predecessor",
            |a| {
                let mut digest = a.digests[3].digest.clone();
                let key = a.digests[3].key.replace("T020000Z", "T015959Z");
                assert_ne!(key, a.digests[3].key);
                digest.digest_s3_object.clone_from(&key);
                digest.digest_end_time = "2026-03-02T01:59:59Z".into();
                let made = a.sign(key, digest);
                a.store(&made);
                a.sign_sidecar();
            },
            Verdict::Altered,
            &[("chain-forked", 1)],
        ),
        (
            "a digest is renamed",
            |a| {
                let to = a.digests[3].key.replace("T020000Z", "T020001Z");
                fs::rename(a.path(&a.digests[3].key), a.path(&to)).unwrap();
                let signature = a.digests[3].signature.clone();
                a.store_signature(&to, &signature);
            },
            Verdict::Altered,
            &[("digest-missing", 1), ("digest-moved", 1), ("log-unlisted", 2)],
        ),
        (
            "a digest has an odd name",
            |a| {
                let to = a.digests[3].key.replace(".json.gz", "_copy.json.gz");
                fs::copy(a.path(&a.digests[3].key), a.path(&to)).unwrap();
            },
            Verdict::Altered,
            &[("digest-moved", 1)],
        ),
        (
            "the tail is cut",
            |a| {
                for made in &a.digests[4..] {
                    a.remove(&made.key);
                }
                for log in &a.logs[8..] {
                    a.remove(log);
                }
            },
            Verdict::Incomplete,
            &[("tail-missing", 1)],
        ),
        (
            "the head is cut",
            |a| {
                for made in &a.digests[..3] {
                    a.remove(&made.key);
                }
                for log in &a.logs[..6] {
                    a.remove(log);
                }
            },
            Verdict::Incomplete,
            &[("head-missing", 1)],
        ),
        (
            "logging was off for a while",
            |a| {
                let made = a.make(8, None, vec![]);
                for made in &a.digests[6..9] {
                    a.remove(&made.key);
                }
                for log in &a.logs[12..18] {
                    a.remove(log);
                }
                a.store(&made);
                let made = a.make(9, Some(&made), vec![]);
                for log in &a.logs[18..20] {
                    a.remove(log);
                }
                a.store(&made);
                a.sign_sidecar();
            },
            Verdict::Incomplete,
            &[("chain-gap", 1), ("logging-stopped", 1)],
        ),
        (
            "another key signs",
            |a| {
                let other = trailward_digest::SigningKeyPair::generate().unwrap();
                let honest = std::mem::replace(&mut a.pair, other);
                let mut digest = a.digests[9].digest.clone();
                digest.digest_public_key_fingerprint = a.pair.public().fingerprint();
                let made = a.sign(a.digests[9].key.clone(), digest);
                a.store(&made);
                a.pair = honest;
                a.sign_sidecar();
            },
            Verdict::Incomplete,
            &[("key-unknown", 1)],
        ),
        (
            "everything is gone but the logs",
            |a| fs::remove_dir_all(a.path("audit/AWSLogs/111122223333/CloudTrail-Digest")).unwrap(),
            Verdict::Incomplete,
            &[("log-unlisted", 20), ("nothing-found", 1)],
        ),
    ];
    let mut seen = BTreeSet::new();
    for (name, tamper, verdict, reasons) in cases {
        let mut archive = Archive::new(10);
        tamper(&mut archive);
        assert_eq!(said(&archive).await, (verdict, reasons.to_vec()), "{name}");
        seen.extend(reasons.iter().map(|(code, _)| *code));
    }
    assert!(seen.len() >= 13, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_expected_and_not_there_is_missed() {
    let archive = Archive::new(3);
    let mut request = archive.request();
    request.expected =
        Expected::all(&[ACCOUNT.into(), "444455556666".into()], &[REGION.into(), "us-east-1".into()]);
    request.expected.unknown =
        vec![("us-west-2".into(), "nobody answered".into()), (REGION.into(), "-".into())];
    let report = ask(request).await;
    assert_eq!(codes(&report), [("account-missing", 1), ("region-missing", 2)]);
    assert_eq!(report.verdict, Verdict::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_copy_proves_all_but_the_newest_digest() {
    let archive = Archive::new(6);
    fs::remove_file(archive.path(MANIFEST)).unwrap();
    let report = ask(archive.request()).await;
    assert_eq!(codes(&report), [("digest-unreadable", 1), ("log-unlisted", 2)]);
    assert_eq!(report.verdict, Verdict::Incomplete);
    assert_eq!((report.counts.digests_valid, report.counts.logs_valid), (5, 10));
    assert_eq!(report.sources[0].copy_of.as_deref(), Some("s3://b/audit"));
    // The user may say where it should come from.
    let mut request = archive.request();
    request.originals = vec![("another".into(), "audit/".into())];
    let report = ask(request).await;
    assert_eq!(report.totals.get("digest-moved"), Some(&5));
    assert_eq!(report.verdict, Verdict::Altered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_reads_only_what_is_new() {
    let archive = Archive::new(12);
    let state = archive.path("state");
    let again = |archive: &Archive| {
        let mut request = archive.request();
        request.resume = Some(state.clone());
        ask(request)
    };
    let first = again(&archive).await;
    assert_eq!((first.verdict, first.counts.remembered), (Verdict::Intact, 0));
    let second = again(&archive).await;
    assert_eq!((second.verdict, second.counts.remembered), (Verdict::Intact, 36));
    assert_eq!((second.counts.bytes, second.counts.digests_valid, second.counts.logs_valid), (0, 12, 24));
    // What changes after it was verified is read again.
    archive.write(&archive.logs[6], &gzip(b"{}"));
    archive.remove(&archive.logs[11]);
    archive.remove(&archive.digests[8].key);
    let third = again(&archive).await;
    assert_eq!(
        codes(&third),
        [("digest-missing", 1), ("log-altered", 1), ("log-missing", 1), ("log-unlisted", 2)]
    );
    let fourth = again(&archive).await;
    assert_eq!(codes(&fourth), codes(&third));
    // A damaged state is no state.
    fs::write(&state, b"nonsense").unwrap();
    let fifth = again(&archive).await;
    assert_eq!((codes(&fifth), fifth.counts.remembered), (codes(&third), 0));
    assert!(fifth.warnings.iter().any(|line| line.contains("ignored")), "{:?}", fifth.warnings);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_hour_may_still_be_on_its_way() {
    let archive = Archive::new(4);
    let at = |now| {
        let mut request = archive.request();
        request.now = now;
        ask(request)
    };
    // A log file of the running hour waits for its digest.
    archive.write(&archive.logs[7].replace("T0140Z", "T0205Z"), &gzip(b"{}"));
    let said = |report: Report| codes(&report);
    assert_eq!(said(at(hour(5) + Duration::minutes(59)).await), []);
    let late = said(at(hour(6) + Duration::minutes(1)).await);
    assert_eq!(late, [("log-unlisted", 1), ("tail-missing", 1)]);
}
