//! Mirrors of buckets whose keys are meant to harm, and trees that only a bucket can hold.

use crate::archive::{ACCOUNT, REGION, gzip, hour};
use crate::store::Store;
use std::collections::BTreeSet;
use std::fs;
use trailward_archive::fetch::{FetchError, FetchObserver, Fetched, fetch};
use trailward_archive::find::{Scope, Wanted, find};
use trailward_archive::range::Range;
use trailward_archive::source::{MANIFEST, Source};
use trailward_digest::Reason;

struct Quiet;

impl FetchObserver for Quiet {
    fn found(&self, _objects: u64, _bytes: u64) {}
    fn fetched(&self, _bytes: u64) {}
}

fn day() -> String {
    format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03/01")
}

fn name(unique: &str) -> String {
    format!("{}/{ACCOUNT}_CloudTrail_{REGION}_20260301T2210Z_{unique}.json.gz", day())
}

async fn mirror(store: Store, folder: &std::path::Path) -> Result<Fetched, FetchError> {
    let wanted = Wanted::default();
    fetch(&store.shared(), folder, (Range::default(), &wanted), 8, hour(4), &Quiet).await
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_keys_are_left_out_and_the_others_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let (good, part) = (name("good"), format!("{}.part", name("good")));
    let blocked = name("file");
    let hostile = [
        format!("{}/../../../../../../../outside.json.gz", day()),
        format!("{}/./x.json.gz", day()),
        format!("{}//x.json.gz", day()),
        format!("{}/x/", day()),
        format!("{}/\u{1b}[2Jx.json.gz", day()),
        format!("{}/a\nb.json.gz", day()),
        format!("{}/a\0b.json.gz", day()),
        format!("{}/{}.json.gz", day(), "x".repeat(300)),
        // A file lies where this one needs a folder.
        format!("{blocked}/y.json.gz"),
    ];
    let denied = name("denied");
    let readable = [good.clone(), part.clone(), blocked.clone(), denied.clone()];
    let keys = readable.iter().chain(&hostile).cloned();
    let mut store = Store::new(keys.map(|key| (key.clone(), key.into_bytes())));
    store.denied.insert(denied.clone());
    let fetched = mirror(store, folder.path()).await.unwrap();
    let left: BTreeSet<&str> = fetched.names.iter().map(|(name, _)| name.as_str()).collect();
    let wanted: BTreeSet<&str> = hostile.iter().chain([&denied]).map(String::as_str).collect();
    // Which of file and folder comes first is a matter of chance.
    let without = |set: &BTreeSet<&str>| -> BTreeSet<String> {
        set.iter().filter(|key| !key.starts_with(&blocked)).map(|key| (*key).to_owned()).collect()
    };
    assert_eq!(without(&left), without(&wanted));
    assert_eq!(left.iter().filter(|key| key.starts_with(&blocked)).count(), 1);
    assert_eq!((fetched.left_out, fetched.objects), (10, 3));
    for key in [&good, &part] {
        assert_eq!(fs::read(folder.path().join(key)).unwrap(), key.as_bytes(), "{key}");
    }
    // Nothing else was written, and nothing outside.
    let above: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let above: BTreeSet<String> = above.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(above, BTreeSet::from(["AWSLogs".to_owned(), MANIFEST.to_owned()]));
    // Again: what is there is kept.
    let keys = readable.iter().take(2).cloned();
    let again =
        mirror(Store::new(keys.map(|key| (key.clone(), key.into_bytes()))), folder.path()).await.unwrap();
    assert_eq!((again.objects, again.kept, again.left_out), (0, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_huge_object_does_not_end_a_mirror_and_no_right_at_all_does() {
    let folder = tempfile::tempdir().unwrap();
    let (good, huge) = (name("good"), name("huge"));
    let objects = [(good.clone(), gzip(b"{}")), (huge.clone(), vec![0; 80 << 20])];
    let fetched = mirror(Store::new(objects.clone()), folder.path()).await.unwrap();
    assert_eq!((fetched.objects, fetched.left_out), (1, 1));
    assert_eq!(fetched.names[0].0, huge);
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::new(objects);
    store.denied = BTreeSet::from([good, huge]);
    assert!(matches!(mirror(store, folder.path()).await, Err(FetchError::Source(_))));
    // What discovery does not open is not in the mirror either.
    let folder = tempfile::tempdir().unwrap();
    let stray = format!("AWSLogs/{ACCOUNT}/CloudTrail/stray.json.gz");
    let fetched = mirror(Store::new([(stray, gzip(b"{}"))]), folder.path()).await.unwrap();
    assert_eq!((fetched.objects, fetched.left_out), (0, 1));
}

async fn found(store: Store) -> (BTreeSet<String>, Vec<(Reason, String)>) {
    let source = store.shared();
    let wanted = Wanted::default();
    let scope = Scope { wanted: &wanted, range: Range::default(), now: hour(4) };
    let found = find(&source, 0, scope).await.unwrap();
    let prefixes = found.places.into_iter().map(|place| place.prefix).collect();
    (prefixes, found.noted.into_iter().map(|noted| (noted.reason, noted.folder)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_that_only_a_bucket_can_hold_are_found() {
    let tree = |prefix: &str| (format!("{prefix}{}", name("x")), gzip(b"{}"));
    for prefix in
        ["/", "//", "a//", "a//b///", "\u{1b}[2J/", "a\nb/", ".././", "AWSLogs//", "AWSLogs/AWSLogs/", "ü/"]
    {
        let (prefixes, noted) = found(Store::new([tree(""), tree(prefix)])).await;
        assert_eq!(prefixes, BTreeSet::from([String::new(), prefix.to_owned()]), "{prefix:?}");
        assert_eq!(noted, [], "{prefix:?}");
    }
    // Behind more objects than a page holds, and among other trees.
    let many = (0..2_500).map(|n| (format!("data/{n:05}"), b"x".to_vec()));
    let trees = ["data/00999x/", "data/02000/", "data/zz/"];
    let (prefixes, noted) = found(Store::new(many.chain(trees.iter().map(|at| tree(at))))).await;
    assert_eq!(prefixes, trees.iter().map(|at| (*at).to_owned()).collect());
    assert_eq!(noted, []);
    // A root inside the tree sees its own part.
    let mut store = Store::new([tree(""), tree("AWSLogs/")]);
    store.root = "AWSLogs/AWSLogs/".into();
    assert_eq!(found(store).await, (BTreeSet::from(["AWSLogs/".to_owned()]), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_never_ends_is_left_and_named() {
    let mut store = Store::new([("other/x".to_owned(), b"x".to_vec()), (name("x"), gzip(b"{}"))]);
    store.endless = true;
    let (prefixes, noted) = found(store).await;
    assert_eq!(prefixes, BTreeSet::from([String::new()]));
    assert_eq!(noted, [(Reason::NotSearched, "other/".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_be_named_is_counted() {
    let key = |n: u32| format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03/{:02}x{n}/x", n % 28 + 1);
    let store: std::sync::Arc<dyn Source> = Store::new((0..3_000).map(|n| (key(n), b"x".to_vec()))).shared();
    let wanted = Wanted::default();
    let scope = Scope { wanted: &wanted, range: Range::default(), now: hour(4) };
    let found = find(&store, 0, scope).await.unwrap();
    assert_eq!(found.noted.len(), 1_001);
    assert!(found.noted[1_000].why.starts_with("2000 more"), "{:?}", found.noted[1_000]);
}
