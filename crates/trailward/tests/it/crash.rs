//! A real server under load is killed with SIGKILL, again and again. Afterwards everything that it answered holds:
//! each call is recorded, delivered and covered by a digest exactly once, and what it promised is there.
//!
//! `TRAILWARD_TEST_SEED` repeats a run's choices (not its moments, which are the machine's), `TRAILWARD_TEST_KILLS`
//! says how often.

use crate::auditor::{Auditor, element};
use crate::bad_input::parse;
use crate::client::{Answered, Client};
use crate::server::{BINARY, SHORT, Server};
use bytes::Bytes;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;
use trailward_wire::sigv4::{Credentials, SigningSecret};

const ACCOUNT: &str = "111122223333";
const LOGS: &str = "aws-cloudtrail-logs-111122223333-trailward";
const DATA: &str = "crash-data";
const TRAIL: &str = "management-events";
const IAM: &str = "2010-05-08";
const STS: &str = "2011-06-15";

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn bytes(&mut self, length: usize) -> Bytes {
        let words = std::iter::repeat_with(|| self.next().to_le_bytes());
        words.take(length.div_ceil(8)).flatten().take(length).collect::<Vec<u8>>().into()
    }

    /// A fixed seed, or another one from the environment for longer searches.
    pub fn seeded() -> Self {
        let given = std::env::var("TRAILWARD_TEST_SEED").ok().map(|text| text.parse().unwrap());
        let seed = given.unwrap_or(20_261_121);
        println!("TRAILWARD_TEST_SEED={seed}");
        Self(seed)
    }
}

/// The server's life, as its killer tells it.
#[derive(Debug, Clone, Copy)]
struct Life {
    /// Grows with every start.
    generation: u32,
    up: bool,
    /// No further calls are to be made.
    over: bool,
}

/// What one worker was answered and promised.
#[derive(Debug, Default)]
struct Kept {
    /// Request id and what it was. The trail selects each of them.
    answered: Vec<(String, &'static str)>,
    /// By key, what may be there: one possibility, unless a call was cut off.
    objects: BTreeMap<String, Vec<Option<Bytes>>>,
    /// By name, whether the user is there; `None` if a call was cut off.
    users: BTreeMap<String, Option<bool>>,
    cut_off: usize,
}

struct Worker {
    number: u64,
    root: Client,
    nobody: Client,
    rng: Rng,
    life: watch::Receiver<Life>,
    kept: Kept,
}

impl Worker {
    /// Makes one call. `None` if it was cut off, or the end has come; then the server is up again.
    async fn call(
        &mut self,
        what: &'static str,
        call: impl Future<Output = anyhow::Result<Answered>>,
    ) -> Option<Answered> {
        let generation = {
            let life = self.life.wait_for(|life| life.up || life.over).await.unwrap();
            if life.over {
                return None;
            }
            life.generation
        };
        let outcome = tokio::time::timeout(Duration::from_mins(1), call).await;
        match outcome.unwrap_or_else(|_| panic!("{what} was not answered")) {
            Ok(answer) => {
                assert!(answer.status < 500, "{what} was answered {}: {}", answer.status, answer.text());
                let id = ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|n| answer.headers.get(*n));
                let id = id.unwrap_or_else(|| panic!("{what}: no request id")).to_str().unwrap();
                self.kept.answered.push((id.to_owned(), what));
                Some(answer)
            }
            Err(error) => {
                self.kept.cut_off += 1;
                let life = *self.life.borrow();
                assert!(!life.up || life.generation > generation, "{what} was cut off by nobody: {error:#}");
                let again = |life: &Life| (life.up && life.generation > generation) || life.over;
                self.life.wait_for(again).await.unwrap();
                None
            }
        }
    }

    async fn work(mut self) -> Kept {
        while !self.life.borrow().over {
            match self.number % 8 {
                0 => self.identities().await,
                1 => self.users().await,
                2 | 3 => self.objects(30, 20_000).await,
                4 => self.objects(6, 300 << 10).await,
                5 => self.uploads().await,
                6 => self.refused().await,
                _ => self.trails().await,
            };
        }
        self.kept
    }

    async fn identities(&mut self) -> Option<()> {
        let region = if self.rng.below(2) == 0 { "us-east-1" } else { "eu-west-1" };
        let client = Client { region: region.to_owned(), ..self.root.clone() };
        let answer =
            self.call("GetCallerIdentity", client.query("sts", STS, "GetCallerIdentity", &[])).await?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Some(())
    }

    async fn users(&mut self) -> Option<()> {
        let root = self.root.clone();
        let name = format!("user-{}-{}", self.number, self.kept.users.len());
        self.kept.users.insert(name.clone(), None);
        let parameters = [("UserName", name.as_str())];
        let made = self.call("CreateUser", root.query("iam", IAM, "CreateUser", &parameters)).await?;
        assert_eq!(made.status, 200, "{}", made.text());
        self.kept.users.insert(name.clone(), Some(true));
        if self.rng.below(3) > 0 {
            self.kept.users.insert(name.clone(), None);
            let gone = self.call("DeleteUser", root.query("iam", IAM, "DeleteUser", &parameters)).await?;
            assert_eq!(gone.status, 200, "{}", gone.text());
            self.kept.users.insert(name, Some(false));
        }
        Some(())
    }

    /// Puts, gets or deletes one of `keys` objects of at most `size` bytes.
    async fn objects(&mut self, keys: u64, size: usize) -> Option<()> {
        let root = self.root.clone();
        let key = format!("objects-{}/{}", self.number, self.rng.below(keys));
        let known = self.kept.objects.get(&key).cloned().unwrap_or_else(|| vec![None]);
        match self.rng.below(8) {
            0..4 => {
                let length = size - usize::try_from(self.rng.below(size as u64)).unwrap() / 2;
                let body = self.rng.bytes(length);
                self.kept.objects.entry(key.clone()).or_insert(known).push(Some(body.clone()));
                let put = root.s3("PUT", DATA, &key, "", &[], body.clone());
                let answer = self.call("PutObject", put).await?;
                assert_eq!(answer.status, 200, "{}", answer.text());
                self.kept.objects.insert(key, vec![Some(body)]);
            }
            4..7 => {
                let answer =
                    self.call("GetObject", root.s3("GET", DATA, &key, "", &[], Bytes::new())).await?;
                let found = found(&answer, &key);
                assert!(known.contains(&found), "{key} is not what was put there");
                self.kept.objects.insert(key, vec![found]);
            }
            _ => {
                self.kept.objects.entry(key.clone()).or_insert(known).push(None);
                let delete = root.s3("DELETE", DATA, &key, "", &[], Bytes::new());
                let answer = self.call("DeleteObject", delete).await?;
                assert_eq!(answer.status, 204, "{}", answer.text());
                self.kept.objects.insert(key, vec![None]);
            }
        }
        Some(())
    }

    /// An upload in parts: every fourth has two, of which the first has the least size a part may have.
    async fn uploads(&mut self) -> Option<()> {
        let root = self.root.clone();
        let key = format!("uploads-{}/{}", self.number, self.rng.below(8));
        let begun = self
            .call("CreateMultipartUpload", root.s3("POST", DATA, &key, "uploads", &[], Bytes::new()))
            .await?;
        assert_eq!(begun.status, 200, "{}", begun.text());
        let upload = element(&begun.text(), "UploadId");
        let sizes: &[usize] = if self.rng.below(4) == 0 { &[5 << 20, 1000] } else { &[70_000] };
        let (mut whole, mut list) = (Vec::new(), String::new());
        for (number, size) in (1..).zip(sizes) {
            let body = self.rng.bytes(*size);
            whole.extend_from_slice(&body);
            let query = format!("partNumber={number}&uploadId={upload}");
            let part = self.call("UploadPart", root.s3("PUT", DATA, &key, &query, &[], body)).await?;
            assert_eq!(part.status, 200, "{}", part.text());
            let etag = part.headers["etag"].to_str().unwrap();
            list.push_str(&format!("<Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>"));
        }
        let query = format!("uploadId={upload}");
        if self.rng.below(5) == 0 {
            let abort = root.s3("DELETE", DATA, &key, &query, &[], Bytes::new());
            let aborted = self.call("AbortMultipartUpload", abort).await?;
            assert_eq!(aborted.status, 204, "{}", aborted.text());
            return Some(());
        }
        let whole = Some(Bytes::from(whole));
        self.kept.objects.entry(key.clone()).or_insert_with(|| vec![None]).push(whole.clone());
        let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        let complete = root.s3("POST", DATA, &key, &query, &[], Bytes::from(list));
        let completed = self.call("CompleteMultipartUpload", complete).await?;
        assert_eq!(completed.status, 200, "{}", completed.text());
        self.kept.objects.insert(key, vec![whole]);
        Some(())
    }

    /// Calls that are refused: of a user who may do nothing, and of nobody at all.
    async fn refused(&mut self) -> Option<()> {
        let (nobody, key) = (self.nobody.clone(), format!("refused/{}", self.rng.below(10)));
        let stop = json!({ "Name": TRAIL });
        let answer = self.call("StopLogging, denied", nobody.cloudtrail("StopLogging", &stop)).await?;
        assert_eq!((answer.status, answer.error_code().as_str()), (400, "AccessDeniedException"));
        let put = nobody.s3("PUT", DATA, &key, "", &[], Bytes::from_static(b"forged"));
        let answer = self.call("PutObject, denied", put).await?;
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "AccessDenied"));
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let answer =
            self.call("GetCallerIdentity, unsigned", unsigned(&nobody, "POST /", form, body)).await?;
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "MissingAuthenticationToken"));
        let get = format!("GET /{DATA}/{key}");
        let answer = self.call("GetObject, anonymous", unsigned(&nobody, &get, "", "")).await?;
        assert_eq!((answer.status, answer.error_code().as_str()), (403, "AccessDenied"));
        Some(())
    }

    /// Changes of the trail that change nothing about what it selects: each closes the open log files.
    async fn trails(&mut self) -> Option<()> {
        let root = self.root.clone();
        let answer = if self.rng.below(20) == 0 {
            self.call("PutEventSelectors", root.cloudtrail("PutEventSelectors", &selectors())).await?
        } else {
            let name = json!({ "Name": TRAIL });
            self.call("GetTrailStatus", root.cloudtrail("GetTrailStatus", &name)).await?
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
        Some(())
    }
}

/// The object, or that there is none.
fn found(answer: &Answered, key: &str) -> Option<Bytes> {
    match answer.status {
        200 => Some(answer.body.clone()),
        404 => None,
        other => panic!("{key}: {other} {}", answer.text()),
    }
}

fn selectors() -> serde_json::Value {
    json!({
        "TrailName": TRAIL,
        "EventSelectors": [{
            "ReadWriteType": "All",
            "IncludeManagementEvents": true,
            "DataResources": [{ "Type": "AWS::S3::Object", "Values": [format!("arn:aws:s3:::{DATA}/")] }],
        }],
    })
}

/// A call without a signature.
async fn unsigned(client: &Client, line: &str, headers: &str, body: &str) -> anyhow::Result<Answered> {
    let crate::client::Transport::Http(address) = &client.transport else { unreachable!() };
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&answer).map(|(answer, _)| answer).ok_or_else(|| anyhow::anyhow!("the answer broke off"))
}

/// A port that no outgoing connection is given, and no other test of this run: the server must find it free at every start.
pub fn fixed_port() -> String {
    static NEXT: Mutex<u16> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap();
    let first = 20_000 + u16::try_from(std::process::id() % 8_000).unwrap();
    let mut ports = first.max(*next)..32_000;
    let free = ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
    *next = free + 1;
    format!("127.0.0.1:{free}")
}

/// The data bucket, the trail's selectors, and a user who may do nothing.
async fn set_up(root: &Client) -> Client {
    let made = root.s3("PUT", DATA, "", "", &[], Bytes::new()).await.unwrap();
    made.expect_success("CreateBucket").unwrap();
    let put = root.cloudtrail("PutEventSelectors", &selectors()).await.unwrap();
    put.expect_success("PutEventSelectors").unwrap();
    let nobody = [("UserName", "nobody")];
    root.query("iam", IAM, "CreateUser", &nobody).await.unwrap().expect_success("CreateUser").unwrap();
    let key = root.query("iam", IAM, "CreateAccessKey", &nobody).await.unwrap();
    let key = key.expect_success("CreateAccessKey").unwrap().text();
    let credentials = Credentials {
        access_key_id: element(&key, "AccessKeyId"),
        secret: SigningSecret::new(element(&key, "SecretAccessKey")),
        session_token: None,
    };
    Client { credentials, ..root.clone() }
}

/// Starts a process and kills it wherever it has come to: recovering, listening, or already answering.
fn kill_while_starting(data: &Path, listen: &str, after: Duration) {
    let mut child = Command::new(BINARY)
        .args(["serve", "--listen", listen, "--admin", "127.0.0.1:0", "--data"])
        .arg(data)
        .args(SHORT)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_was_answered_survives_every_kill() {
    let kills: u32 = std::env::var("TRAILWARD_TEST_KILLS").map_or(50, |text| text.parse().unwrap());
    let mut rng = Rng::seeded();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (data, listen) = (dir.path().join("data"), fixed_port());
    let start = || Server::start_at(&data, &listen, SHORT);
    let mut server = start();
    let root = server.client();
    let nobody = runtime.block_on(set_up(&root));

    let (told, life) = watch::channel(Life { generation: 0, up: true, over: false });
    let mut workers = JoinSet::new();
    for number in 0..8 {
        let worker = Worker {
            number,
            root: root.clone(),
            nobody: nobody.clone(),
            rng: Rng(rng.next()),
            life: life.clone(),
            kept: Kept::default(),
        };
        workers.spawn_on(worker.work(), runtime.handle());
    }
    let mut killed = 0;
    while killed < kills {
        std::thread::sleep(Duration::from_millis(20 + rng.below(400)));
        told.send_modify(|life| life.up = false);
        server.kill();
        killed += 1;
        while killed < kills && rng.below(5) == 0 {
            kill_while_starting(&data, &listen, Duration::from_millis(rng.below(150)));
            killed += 1;
        }
        server = start();
        told.send_modify(|life| *life = Life { generation: life.generation + 1, up: true, over: false });
    }
    std::thread::sleep(Duration::from_millis(500));
    told.send_modify(|life| life.over = true);
    let kept: Vec<Kept> = runtime.block_on(workers.join_all());
    let effects = runtime.block_on(all_is_delivered(&root, &kept));
    server.stop();

    // A start sweeps what nothing names; what was acknowledged must not be among it.
    let server = start();
    runtime.block_on(all_is_there(&root, &kept, &effects));
    server.stop();
    let left: Vec<_> = std::fs::read_dir(data.join("blobs/unfinished")).unwrap().collect();
    assert!(left.is_empty(), "unfinished blobs stay: {left:?}");
    let journal = std::fs::read_dir(data.join("journal")).unwrap().map(|file| file.unwrap().file_name());
    let spare: Vec<_> = journal.filter(|name| name.to_string_lossy().ends_with(".tmp")).collect();
    assert!(spare.is_empty(), "spare segments stay: {spare:?}");
}

/// Stops logging, waits until everything is covered by a digest, and checks.
async fn all_is_delivered(root: &Client, kept: &[Kept]) -> BTreeSet<(String, String)> {
    let stopped = root.cloudtrail("StopLogging", &json!({ "Name": TRAIL })).await.unwrap();
    let stopped = stopped.expect_success("StopLogging").unwrap();
    let last = stopped.headers["x-amzn-requestid"].to_str().unwrap().to_owned();
    let mut answered: BTreeMap<&str, &str> = BTreeMap::from([(last.as_str(), "StopLogging")]);
    for (id, what) in kept.iter().flat_map(|kept| &kept.answered) {
        assert_eq!(answered.insert(id, what), None, "request id {id} was given twice");
    }
    let cut_off: usize = kept.iter().map(|kept| kept.cut_off).sum();
    println!("{} calls were answered, {cut_off} were cut off", answered.len());
    let mut auditor = Auditor::new(root.clone(), LOGS, ACCOUNT);
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let audit = loop {
        let audit = auditor.audit().await;
        let covered = audit.covered();
        let missing: Vec<_> = answered.iter().filter(|(id, _)| !covered.contains(*id)).collect();
        if missing.is_empty() && audit.not_listed_once().is_empty() {
            break audit;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "answered and not covered: {missing:?}; files not listed once: {:?}",
            audit.not_listed_once()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(audit.duplicates(), Vec::<String>::new(), "delivered more than once");
    let regions: BTreeSet<&str> = audit.beginnings.keys().map(String::as_str).collect();
    assert_eq!(regions, BTreeSet::from(["eu-west-1", "us-east-1"]));
    assert!(audit.beginnings.values().all(|count| *count == 1), "a chain began anew: {:?}", audit.beginnings);
    auditor.one_version_each().await;
    println!("{} log files, {} digests", audit.files.len(), audit.digests);
    audit.effects
}

/// Objects and users are as they were promised, and nothing took effect without a record, of calls that were cut off
/// neither (invariant A3).
async fn all_is_there(root: &Client, kept: &[Kept], effects: &BTreeSet<(String, String)>) {
    let recorded = |event: &str, about: &str| effects.contains(&(event.to_owned(), about.to_owned()));
    let (mut objects, mut names) = (0, BTreeSet::new());
    for (key, possible) in kept.iter().flat_map(|kept| &kept.objects) {
        let answer = root.s3("GET", DATA, key, "", &[], Bytes::new()).await.unwrap();
        let there = found(&answer, key);
        assert!(possible.contains(&there), "{key} is not what was acknowledged");
        let put = ["PutObject", "CompleteMultipartUpload"].iter().any(|event| recorded(event, key));
        assert!(there.is_none() || put, "{key} is there, and no record says who put it");
        objects += 1;
    }
    let mut marker = String::new();
    loop {
        let parameters = [("Marker", marker.as_str())];
        let parameters = if marker.is_empty() { &[][..] } else { &parameters[..] };
        let page = root.query("iam", IAM, "ListUsers", parameters).await.unwrap();
        let page = page.expect_success("ListUsers").unwrap().text();
        names.extend(page.split("<UserName>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()));
        if element(&page, "IsTruncated") != "true" {
            break;
        }
        marker = element(&page, "Marker");
    }
    for name in &names {
        assert!(recorded("CreateUser", name), "user {name} is there, and no record says who made it");
    }
    for (name, there) in kept.iter().flat_map(|kept| &kept.users) {
        let made = recorded("CreateUser", name);
        if made && !names.contains(name) && *there == Some(false) {
            assert!(recorded("DeleteUser", name), "user {name} is gone, and no record says who deleted it");
        }
        if let Some(there) = there {
            assert_eq!(names.contains(name), *there, "user {name}");
        }
    }
    println!("{objects} objects and {} users are as promised", names.len());
}
