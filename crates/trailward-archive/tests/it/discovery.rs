//! Nothing that lies in an archive is passed over: it is judged, or the verdict says that it was not (S3).

use crate::archive::{ACCOUNT, Archive, REGION, ask, codes, gzip, hour};
use proptest::prelude::*;
use std::fs;
use std::sync::OnceLock;
use time::Duration;
use trailward_archive::range::Range;
use trailward_archive::report::Report;
use trailward_digest::Verdict;

/// Garbage where CloudTrail would put a digest and a log file, below `folder`, which ends in `/` or is empty.
fn plant(archive: &Archive, folder: &str) -> [String; 2] {
    let base = format!("{folder}AWSLogs/444455556666");
    let day = format!("{REGION}/2026/03/01");
    let stamp = "20260301T230000Z";
    let digest = format!(
        "{base}/CloudTrail-Digest/{day}/444455556666_CloudTrail-Digest_{REGION}_main_{REGION}_{stamp}.json.gz"
    );
    let log =
        format!("{base}/CloudTrail/{day}/444455556666_CloudTrail_{REGION}_20260301T2210Z_abcdefgh.json.gz");
    for key in [&digest, &log] {
        archive.write(key, &gzip(b"{}"));
    }
    [digest, log]
}

/// Whether a finding is about one of `keys` or about a folder that they lie in.
fn named(report: &Report, archive: &Archive, keys: &[String]) -> bool {
    let root = fs::canonicalize(archive.folder.path()).unwrap();
    report.findings.iter().filter_map(|finding| finding.object.as_deref()).any(|object| {
        let object = object.replace(&archive.folder.path().display().to_string(), "");
        let object = object.replace(&root.display().to_string(), "");
        let object = object.trim_start_matches('/');
        !object.is_empty() && keys.iter().any(|key| key.starts_with(object))
    })
}

async fn assert_seen(archive: &Archive, folder: &str, range: Range) {
    let before = ask(archive.request()).await;
    assert_eq!((before.verdict, codes(&before)), (Verdict::Intact, vec![]), "before {folder}");
    let keys = plant(archive, folder);
    let mut request = archive.request();
    request.range = range;
    let report = ask(request).await;
    assert_ne!(report.verdict, Verdict::Intact, "{folder:?}");
    assert!(named(&report, archive, &keys), "{folder:?}: {:#?}", report.findings);
    for key in &keys {
        archive.remove(key);
    }
}

/// Removes folders without files, so that one case does not see another's.
fn tidy(archive: &Archive) {
    fn empty(folder: &std::path::Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                empty(&path);
                // Those that hold something stay.
                let _ = fs::remove_dir(&path);
            }
        }
    }
    empty(archive.folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_at_any_place_beside_a_whole_one_is_seen() {
    let archive = Archive::new(3);
    let account = format!("audit/AWSLogs/{ACCOUNT}");
    let region = format!("{account}/CloudTrail/{REGION}");
    let digests = format!("{account}/CloudTrail-Digest/{REGION}");
    let folders = [
        String::new(),
        "AWSLogs/".into(),
        "audit/AWSLogs/".into(),
        "audit/AWSLogs/AWSLogs/AWSLogs/".into(),
        "audit/AWSLogs/o-exampleorgid/AWSLogs/".into(),
        "audit/AWSLogs/o-exampleorgid/x/".into(),
        "audit/AWSLogs/x/".into(),
        "audit/AWSLogs/x/AWSLogs.old/".into(),
        "other/".into(),
        "d/".repeat(40),
        format!("{account}/"),
        format!("{account}/Config/{REGION}/2026/3/1/"),
        format!("{account}/CloudTrail-Insight/{REGION}/2026/03/01/"),
        format!("{account}/CloudTrail/"),
        format!("{account}/CloudTrail/no-region/"),
        format!("{region}/"),
        format!("{region}/x/"),
        format!("{region}/2026/"),
        format!("{region}/2026/13/"),
        format!("{region}/2026/03/"),
        format!("{region}/2026/03/32/"),
        format!("{region}/2026/03/01/"),
        format!("{region}/2026/03/01/x/"),
        format!("{digests}/"),
        format!("{digests}/2026/x/"),
        format!("{digests}/2026/03/01/"),
    ];
    let days = Range { start: Some(hour(-2)), end: Some(hour(4)) };
    for folder in &folders {
        assert_seen(&archive, folder, Range::default()).await;
        assert_seen(&archive, folder, days).await;
    }
}

fn names() -> impl Strategy<Value = String> {
    let names = [
        "a",
        "data",
        "x y",
        "AWSLogs",
        "AWSLogs.old",
        "awslogs",
        ACCOUNT,
        "444455556666",
        "1111",
        "o-exampleorgid",
        "CloudTrail",
        "CloudTrail-Digest",
        "CloudTrail-Insight",
        "Config",
        REGION,
        "us-east-1",
        "moon",
        "2026",
        "2019",
        "03",
        "13",
        "01",
        "32",
        "ü",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

/// One archive for all cases: making keys takes a while.
fn shared() -> &'static (Archive, tokio::runtime::Runtime) {
    static SHARED: OnceLock<(Archive, tokio::runtime::Runtime)> = OnceLock::new();
    SHARED.get_or_init(|| (Archive::new(2), tokio::runtime::Runtime::new().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn archives_at_random_places_are_judged_or_named(
        inside in any::<bool>(),
        path in prop::collection::vec(names(), 0..9),
    ) {
        let (archive, runtime) = shared();
        let top = if inside { "audit/AWSLogs/" } else { "" };
        let folder = path.iter().fold(top.to_owned(), |folder, name| format!("{folder}{name}/"));
        runtime.block_on(assert_seen(archive, &folder, Range::default()));
        tidy(archive);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_tree_inside_another_is_proven() {
    let archive = Archive::below("AWSLogs", 3);
    let report = ask(archive.request()).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Intact, vec![]));
    assert_eq!((report.counts.digests_valid, report.chains[0].prefix.as_str()), (3, "AWSLogs"));
    let inner = trailward_archive::open::open_directory(&archive.path("AWSLogs/AWSLogs")).unwrap();
    let mut request = archive.request();
    request.sources = vec![inner];
    let report = ask(request).await;
    // The sidecar lies above, so the newest digest has no signature here.
    assert_eq!(codes(&report), [("digest-unreadable", 1), ("log-unlisted", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_where_cloudtrail_puts_nothing_is_named() {
    let archive = Archive::new(3);
    let account = format!("audit/AWSLogs/{ACCOUNT}");
    let name = format!("{ACCOUNT}_CloudTrail_{REGION}_20260301T2210Z_abcdefgh.json.gz");
    let day = format!("{account}/CloudTrail/{REGION}/2026/03/01");
    let cases = [
        (format!("stray/{name}"), "not-searched"),
        (format!("audit/AWSLogs/{name}"), "not-searched"),
        (format!("{account}/{name}"), "not-searched"),
        (format!("{account}/CloudTrail/x.txt"), "not-searched"),
        (format!("{account}/CloudTrail/{REGION}/x.txt"), "not-searched"),
        (format!("audit/AWSLogs/11112222333/CloudTrail/{REGION}/2026/03/01/x.gz"), "not-searched"),
        (format!("{day}/forged.json"), "log-unlisted"),
        (format!("{day}/forged.json.gz.1"), "log-unlisted"),
        (format!("{day}/{}", name.replace(".json.gz", ".JSON.GZ")), "log-unlisted"),
        (format!("{day}/x/{name}"), "log-unlisted"),
        (day.replace("CloudTrail/", "CloudTrail-Digest/") + "/x.json.gz", "digest-moved"),
        (day.replace("CloudTrail/", "CloudTrail-Digest/") + "/.DS_Store", "not-searched"),
    ];
    for (key, code) in &cases {
        for range in [Range::default(), Range { start: Some(hour(0)), end: Some(hour(3)) }] {
            archive.write(key, b"{}");
            let mut request = archive.request();
            request.range = range;
            let report = ask(request).await;
            assert!(report.totals.contains_key(code), "{key}: {:?}", codes(&report));
            assert!(named(&report, &archive, std::slice::from_ref(key)), "{key}: {:?}", report.findings);
            archive.remove(key);
            tidy(&archive);
        }
    }
    // What others deliver beside it, and what consoles make as folders, is nobody's evidence.
    for key in [
        format!("{account}/Config/{REGION}/2026/3/1/{ACCOUNT}_Config_{REGION}_x.json.gz"),
        format!("{account}/ELBAccessLogTestFile"),
        "README.md".to_owned(),
        "other/data.parquet".to_owned(),
    ] {
        archive.write(&key, b"{}");
    }
    archive.write(&format!("{account}/CloudTrail/empty"), b"");
    archive.write(&format!("{day}/empty"), b"");
    let report = ask(archive.request()).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Intact, vec![]));
    // Unless the user says so.
    let keys = plant(&archive, "other/");
    assert_ne!(ask(archive.request()).await.verdict, Verdict::Intact);
    let mut request = archive.request();
    request.wanted.except = vec!["other/".into()];
    let report = ask(request).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Intact, vec![]));
    assert!(report.warnings.iter().any(|line| line.contains("other/")), "{:?}", report.warnings);
    assert!(!keys[0].is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_deeper_than_a_disk_is_read_is_named() {
    let archive = Archive::new(2);
    plant(&archive, &"d/".repeat(90));
    let report = ask(archive.request()).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Incomplete, vec![("not-searched", 1)]));
    assert!(report.findings[0].detail.contains("too deep"), "{:?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_future_is_no_excuse() {
    let archive = Archive::new(3);
    let day = format!("audit/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}");
    let ahead = format!("{day}/2026/03/02/{ACCOUNT}_CloudTrail_{REGION}_20260302T0125Z_abcdefgh.json.gz");
    let running = ahead.replace("T0125Z", "T0110Z");
    let (range, limited) = (Range::default(), Range { start: Some(hour(0)), end: None });
    // Of a range in the past, what is named for tomorrow is told all the same.
    let tomorrow = format!("{day}/2026/03/03/{ACCOUNT}_CloudTrail_{REGION}_x.json.gz");
    archive.write(&tomorrow, &gzip(b"{}"));
    let mut request = archive.request();
    request.range = Range { start: Some(hour(0)), end: Some(hour(1)) };
    assert_eq!(codes(&ask(request).await), [("from-the-future", 1)]);
    archive.remove(&tomorrow);
    tidy(&archive);
    for range in [range, limited] {
        let codes_now = async || {
            let mut request = archive.request();
            request.range = range;
            let report = ask(request).await;
            (codes(&report), report.counts.logs_pending)
        };
        // A log file of the running hour, by a clock that is five minutes ahead.
        archive.write(&running, &gzip(b"{}"));
        assert_eq!(codes_now().await, (vec![], 1));
        // The same, twenty minutes ahead.
        archive.write(&ahead, &gzip(b"{}"));
        assert_eq!(codes_now().await, (vec![("from-the-future", 1)], 1));
        archive.remove(&ahead);
        archive.remove(&running);
        // A digest of the hour that is running.
        let mut early = archive.digests[2].clone();
        early.key = early.key.replace("T010000Z", "T020000Z");
        assert_ne!(early.key, archive.digests[2].key);
        archive.write(&early.key, &gzip(&early.bytes));
        assert_eq!(codes_now().await, (vec![("from-the-future", 1)], 0));
        archive.remove(&early.key);
        for folder in ["2026/03/03", "2026/04/01", "2027/01/01", "9999/12/31"] {
            let key = format!("{day}/{folder}/{ACCOUNT}_CloudTrail_{REGION}_x.json.gz");
            archive.write(&key, &gzip(b"{}"));
            let (seen, _) = codes_now().await;
            assert_eq!(
                seen.iter().find(|(code, _)| *code == "from-the-future"),
                Some(&("from-the-future", 1))
            );
            archive.remove(&key);
            tidy(&archive);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_digest_can_cover_yet_is_pending() {
    let archive = Archive::new(1);
    let mut request = archive.request();
    assert_eq!(ask(request).await.counts.logs_pending, 0);
    // A trail that is twenty minutes old: log files, and no digest yet.
    archive.remove(&archive.digests[0].key);
    request = archive.request();
    request.now = hour(0) + Duration::minutes(50);
    let report = ask(request).await;
    assert_eq!((codes(&report), report.counts.logs_pending), (vec![("nothing-found", 1)], 2));
    // Two hours later there should be one.
    request = archive.request();
    request.now = hour(2) + Duration::minutes(50);
    assert_eq!(codes(&ask(request).await), [("log-unlisted", 2), ("nothing-found", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_leaves_a_mark() {
    // The chain starts anew without a gap: somebody switched logging off and on.
    let mut archive = Archive::new(4);
    let restarted = archive.make(2, None, archive.digests[2].digest.log_files.clone());
    archive.store(&restarted);
    let next = archive.make(3, Some(&restarted), archive.digests[3].digest.log_files.clone());
    archive.store(&next);
    archive.sign_sidecar();
    let report = ask(archive.request()).await;
    assert_eq!((report.verdict, codes(&report)), (Verdict::Incomplete, vec![("logging-stopped", 1)]));
    let span = report.findings[0].span;
    assert_eq!((span.start, span.end), (Some(hour(2)), Some(hour(2))));
    // A range that begins there holds one chain only.
    let mut request = archive.request();
    request.range = Range { start: Some(hour(2) + Duration::minutes(1)), end: Some(hour(4)) };
    assert_eq!(ask(request).await.verdict, Verdict::Intact);
    // Where two names would be the same the name moves, by little, and the window stays.
    for (name, said) in [("T020001Z", vec![]), ("T021500Z", vec![]), ("T021501Z", vec![("digest-moved", 1)])]
    {
        let mut archive = Archive::new(4);
        let mut digest = archive.digests[3].digest.clone();
        let key = archive.digests[3].key.replace("T020000Z", name);
        digest.digest_s3_object.clone_from(&key);
        let moved = archive.sign(key, digest);
        archive.remove(&archive.digests[3].key.clone());
        archive.store(&moved);
        archive.sign_sidecar();
        let mut request = archive.request();
        request.now = hour(4) + Duration::minutes(20);
        let report = ask(request).await;
        let logs = if said.is_empty() { 0 } else { 2 };
        assert_eq!(report.counts.logs_unlisted + report.counts.logs_pending, logs, "{name}");
        let mut seen = codes(&report);
        seen.retain(|(code, _)| *code != "log-unlisted");
        assert_eq!(seen, said, "{name}");
    }
    // A trail that is younger than the range.
    let archive = Archive::new(3);
    let within = |began, stopped| {
        let mut request = archive.request();
        request.range = Range { start: Some(hour(-24)), end: None };
        request.expected.logging.began = began;
        request.expected.logging.stopped = stopped;
        request
    };
    let report = ask(within(None, None)).await;
    assert_eq!(codes(&report), [("logging-stopped", 1)]);
    let span = report.findings[0].span;
    assert_eq!((span.start, span.end), (Some(hour(-24)), Some(hour(0))));
    assert_eq!(ask(within(Some(hour(0)), None)).await.verdict, Verdict::Intact);
    assert_eq!(codes(&ask(within(Some(hour(-1)), None)).await), [("logging-stopped", 1)]);
    // The trail's own status says that it stands still.
    let report = ask(within(Some(hour(0)), Some(hour(3)))).await;
    assert_eq!(codes(&report), [("logging-stopped", 1)]);
}
