//! The bucket on a real disk: puts and gets against plain file copies with fsync, listings of a million keys, and
//! `DeleteObjects`.
//!
//! The engine as the service uses it, without HTTP: permission, versioning, encryption, durable commit. The peer
//! writes the same bytes into files of its own, syncs each and its directory, in the same run and on the same disk, in
//! alternating turns. Prints figures and asserts nothing: timings are not tests.
//!
//! `cargo bench -p trailward-bucket`; `-- --only throughput|listing|deletion`, `-- --keys N` for another number of
//! keys, `-- --turns N`, `-- --dir DIR` for another disk, `-- --encryption kms|bucket-key` for objects under a KMS key.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may stop"
)]

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trailward_bucket::{
    BucketEncryption, Buckets, Caller, Context, CreateBucket, DeleteBy, DeleteEntry, DeleteObject, GetObject,
    Grant, ListObjectsV2, ListVersions, Principal, PutObject, PutVersioning, Resource,
};
use trailward_model::SystemClock;
use trailward_store::seal::MasterKey;
use trailward_store::{FileBlobs, SqliteCatalog};

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "bench";
/// Bytes of a body, how many operations a turn has for it.
const SIZES: [(usize, usize); 4] = [(4 << 10, 2000), (64 << 10, 1000), (1 << 20, 200), (64 << 20, 8)];
/// Commits that fill a bucket at a time.
const FILLERS: usize = 512;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = |name: &str| {
        arguments.iter().position(|a| a == name).map(|at| arguments.get(at + 1).unwrap().clone())
    };
    let number = |name: &str, default: usize| at(name).map_or(default, |text| text.parse().unwrap());
    let encryption = at("--encryption").map(|name| BucketEncryption {
        kms: true,
        bucket_key: name == "bucket-key",
        ..BucketEncryption::default()
    });
    let (keys, turns, only) = (number("--keys", 1_000_000), number("--turns", 3), at("--only"));
    let parent = at("--dir").map_or_else(std::env::temp_dir, PathBuf::from);
    let wants = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if wants("throughput") {
            throughput(&parent, turns, encryption.as_ref()).await;
        }
        if wants("deletion") {
            deletion(&parent, turns).await;
        }
        if wants("listing") {
            listing(&parent, keys).await;
        }
    });
}

/// A bucket with versioning in a directory that goes with it.
struct Bench {
    buckets: Arc<Buckets>,
    caller: Caller,
    dir: tempfile::TempDir,
}

impl Bench {
    async fn new(parent: &Path) -> Self {
        Self::encrypted(parent, None).await
    }

    /// With this default encryption.
    async fn encrypted(parent: &Path, encryption: Option<&BucketEncryption>) -> Self {
        let dir = tempfile::tempdir_in(parent).unwrap();
        let catalog = SqliteCatalog::open(&dir.path().join("catalog.sqlite")).unwrap();
        let master = Arc::new(MasterKey::random().unwrap());
        let blobs = FileBlobs::open(&dir.path().join("blobs"), Arc::clone(&master)).unwrap();
        let buckets = Buckets::new(Arc::new(catalog), Arc::new(blobs), Arc::new(SystemClock), master);
        let buckets = Arc::new(buckets);
        let caller = Caller::new(Principal::Root { account: ACCOUNT.to_owned() });
        let bench = Self { buckets, caller, dir };
        let grant = bench.bucket("s3:CreateBucket").await;
        let create = CreateBucket { region: "us-east-1".to_owned(), ..CreateBucket::default() };
        bench.buckets.create_bucket(&grant, create).await.unwrap();
        let grant = bench.bucket("s3:PutBucketVersioning").await;
        let enabled = PutVersioning { status: Some("Enabled"), ..PutVersioning::default() };
        bench.buckets.put_bucket_versioning(&grant, enabled).await.unwrap();
        if let Some(encryption) = encryption {
            let grant = bench.bucket("s3:PutEncryptionConfiguration").await;
            bench.buckets.put_bucket_encryption(&grant, encryption).await.unwrap();
        }
        bench
    }

    async fn may(&self, action: &'static str, resource: Resource) -> Grant {
        self.buckets.authorize(&self.caller, action, resource, &Context::new()).await.unwrap()
    }

    async fn bucket(&self, action: &'static str) -> Grant {
        self.may(action, Resource::bucket(BUCKET)).await
    }

    async fn put(&self, key: &str, content: Bytes) {
        let grant = self.may("s3:PutObject", Resource::object(BUCKET, key)).await;
        // As it comes from a connection.
        let pieces: Vec<_> = content.chunks(64 << 10).map(|piece| Ok(content.slice_ref(piece))).collect();
        let body = stream::iter(pieces).boxed();
        self.buckets.put_object(&grant, PutObject::default(), body).await.unwrap();
    }

    async fn get(&self, key: &str) {
        let grant = self.may("s3:GetObject", Resource::object(BUCKET, key)).await;
        let mut read = self.buckets.get_object(&grant, &GetObject::default()).await.unwrap();
        while let Some(piece) = read.body.try_next().await.unwrap() {
            std::hint::black_box(piece);
        }
    }

    async fn delete(&self, key: &str) {
        let grant = self.may("s3:DeleteObject", Resource::object(BUCKET, key)).await;
        self.buckets.delete_object(&grant, &DeleteObject::default()).await.unwrap();
    }
}

/// Does `one` for each number below `count`, `width` at a time; returns how long all of it took.
async fn timed<F: Future<Output = ()>>(count: usize, width: usize, one: impl Fn(usize) -> F) -> Duration {
    let start = Instant::now();
    stream::iter(0..count).map(one).buffer_unordered(width).collect::<()>().await;
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn throughput(parent: &Path, turns: usize, encryption: Option<&BucketEncryption>) {
    println!("| body | at a time | what | bucket/s | MB/s | file/s | ratio |\n|---|---|---|---|---|---|---|");
    for (size, count) in SIZES {
        for width in [1, 8] {
            let content = Bytes::from((0..size).map(|at| (at * 31 % 251) as u8).collect::<Vec<_>>());
            let (mut puts, mut gets, mut writes, mut reads) = (vec![], vec![], vec![], vec![]);
            for _ in 0..turns {
                let bench = &Bench::encrypted(parent, encryption).await;
                let files = &bench.dir.path().join("files");
                std::fs::create_dir(files).unwrap();
                let content = &content;
                let name = |number: usize| format!("AWSLogs/{ACCOUNT}/CloudTrail/{number:08}.json.gz");
                let file = |number: usize| files.join(format!("{number:08}"));
                puts.push(
                    timed(count, width, |n| async move { bench.put(&name(n), content.clone()).await }).await,
                );
                writes.push(
                    timed(count, width, |n| {
                        let (path, content) = (file(n), content.clone());
                        async {
                            tokio::task::spawn_blocking(move || write_file(&path, &content)).await.unwrap();
                        }
                    })
                    .await,
                );
                gets.push(timed(count, width, |n| async move { bench.get(&name(n)).await }).await);
                reads.push(
                    timed(count, width, |n| {
                        let path = file(n);
                        async { tokio::task::spawn_blocking(move || read_file(&path)).await.unwrap() }
                    })
                    .await,
                );
            }
            for (what, ours, theirs) in [("put", puts, writes), ("get", gets, reads)] {
                let each = |time: Duration| count as f64 / time.as_secs_f64();
                let (ours, theirs) = (each(median(ours)), each(median(theirs)));
                println!(
                    "| {} KiB | {width} | {what} | {ours:.0} | {:.0} | {theirs:.0} | {:.2} |",
                    size >> 10,
                    ours * size as f64 / 1e6,
                    ours / theirs
                );
            }
        }
    }
}

/// What a careful program does: temporary name, sync, rename, sync of the directory.
fn write_file(path: &Path, content: &[u8]) {
    let temporary = path.with_extension("tmp");
    let mut file = std::fs::File::create(&temporary).unwrap();
    file.write_all(content).unwrap();
    file.sync_all().unwrap();
    std::fs::rename(&temporary, path).unwrap();
    std::fs::File::open(path.parent().unwrap()).unwrap().sync_all().unwrap();
}

fn read_file(path: &Path) {
    let mut content = Vec::new();
    std::fs::File::open(path).unwrap().read_to_end(&mut content).unwrap();
    std::hint::black_box(content);
}

async fn deletion(parent: &Path, turns: usize) {
    println!("\n| DeleteObjects, 1,000 keys | ms | against 1,000 DeleteObject in turn |\n|---|---|---|");
    for (what, versions) in [("delete markers on top", false), ("versions, for good", true)] {
        let (mut together, mut single) = (vec![], vec![]);
        for _ in 0..turns {
            let bench = &Bench::new(parent).await;
            let content = &Bytes::from(vec![7; 4 << 10]);
            let fill = |start: &'static str| async move {
                timed(1000, 64, |n| async move {
                    bench.put(&format!("{start}/{n:04}"), content.clone()).await;
                })
                .await
            };
            fill("single").await;
            fill("together").await;
            single
                .push(timed(1000, 1, |n| async move { bench.delete(&format!("single/{n:04}")).await }).await);
            let grant = bench.bucket("s3:ListBucketVersions").await;
            let list = ListVersions { prefix: Some("together/".to_owned()), ..ListVersions::default() };
            let listed = bench.buckets.list_object_versions(&grant, &list).await.unwrap();
            let entries: Vec<DeleteEntry> = listed
                .entries
                .into_iter()
                .map(|entry| DeleteEntry {
                    key: entry.key,
                    version_id: versions.then_some(entry.version_id),
                    if_match: None,
                })
                .collect();
            let (keys, by) = (Context::new(), DeleteBy::default());
            let start = Instant::now();
            let outcomes = bench.buckets.delete_objects(&bench.caller, &keys, BUCKET, &entries, &by).await;
            together.push(start.elapsed());
            assert!(outcomes.unwrap().iter().all(Result::is_ok));
        }
        let (together, single) = (median(together), median(single));
        let ratio = single.as_secs_f64() / together.as_secs_f64();
        println!("| {what} | {:.1} | {:.1} ms, {ratio:.1} times as long |", ms(together), ms(single));
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// As delivery names them: 1,000 keys a day and more.
fn log_key(number: usize) -> String {
    let (day, of_day) = (number / 1000, number % 1000);
    let (year, month, day) = (2024 + day / 336, day % 336 / 28 + 1, day % 28 + 1);
    format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{year}/{month:02}/{day:02}/{ACCOUNT}_{of_day:04}.json.gz")
}

async fn listing(parent: &Path, keys: usize) {
    let bench = &Bench::new(parent).await;
    let took = timed(keys, FILLERS, |n| async move { bench.put(&log_key(n), Bytes::new()).await }).await;
    println!("\n{keys} keys put in {:.0} s", took.as_secs_f64());
    // Some keys with many versions, and a long run of deleted keys, in the midst of the others.
    timed(100_000, FILLERS, |n| async move {
        bench
            .put(&format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2024/06/many/{}", n / 1000), Bytes::new())
            .await;
    })
    .await;
    timed(50_000, FILLERS, |n| async move {
        let key = format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2024/07/gone/{n:06}");
        bench.put(&key, Bytes::new()).await;
        bench.delete(&key).await;
    })
    .await;
    timed(keys.min(200_000), FILLERS, |n| async move {
        bench.put(&format!("folders/{:06}/{}", n / 4, n % 4), Bytes::new()).await;
    })
    .await;
    println!(
        "\n| pages of 1,000 | pages | first ms | median | 99 % | slowest | last |\n|---|---|---|---|---|---|---|"
    );
    let plain = |prefix: &str, delimiter: Option<&str>| ListObjectsV2 {
        prefix: Some(prefix.to_owned()),
        delimiter: delimiter.map(str::to_owned),
        ..ListObjectsV2::default()
    };
    for (what, list) in [
        ("every key", plain("AWSLogs/", None)),
        ("every key, delimiter that never comes", plain("AWSLogs/", Some("|"))),
        ("folders of 4 keys, folded", plain("folders/", Some("/"))),
        (
            "days of 1,000 keys, folded",
            plain(&format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2024/"), Some("/")),
        ),
        (
            "keys with 1,000 versions",
            plain(&format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2024/06/many/"), None),
        ),
        (
            "past 50,000 delete markers",
            plain(&format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2024/07/"), None),
        ),
    ] {
        report(what, &pages(bench, list).await);
    }
    report("every version and delete marker", &version_pages(bench, None).await);
    report("the same, folded at folders of 4", &version_pages(bench, Some("/")).await);
}

async fn pages(bench: &Bench, mut list: ListObjectsV2) -> Vec<Duration> {
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let grant = bench.bucket("s3:ListBucket").await;
        let page = bench.buckets.list_objects_v2(&grant, &list).await.unwrap();
        times.push(start.elapsed());
        std::hint::black_box(page.contents);
        list.continuation_token = page.next_continuation_token;
        if list.continuation_token.is_none() {
            return times;
        }
    }
}

async fn version_pages(bench: &Bench, delimiter: Option<&str>) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut list = ListVersions { delimiter: delimiter.map(str::to_owned), ..ListVersions::default() };
    list.prefix = delimiter.map(|_| "folders/".to_owned());
    loop {
        let start = Instant::now();
        let grant = bench.bucket("s3:ListBucketVersions").await;
        let page = bench.buckets.list_object_versions(&grant, &list).await.unwrap();
        times.push(start.elapsed());
        std::hint::black_box(page.entries);
        (list.key_marker, list.version_id_marker) = (page.next_key_marker, page.next_version_id_marker);
        if list.key_marker.is_none() {
            return times;
        }
    }
}

fn report(what: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort();
    let at = |share: f64| ms(sorted[((sorted.len() - 1) as f64 * share) as usize]);
    println!(
        "| {what} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        times.len(),
        ms(times[0]),
        at(0.5),
        at(0.99),
        at(1.0),
        ms(*times.last().unwrap())
    );
}
