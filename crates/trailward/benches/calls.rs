//! Calls per second over loopback: the server with its durable journal against the same server with a journal in
//! memory, alternating, and the memory of a real `trailward serve`.
//!
//! Each server is a process of its own, this one makes the load: 64 connections that are kept, requests signed
//! beforehand and sent again and again. Prints figures and asserts nothing: timings are not tests.
//!
//! `cargo bench -p trailward --bench calls`; `-- --seconds N` for longer turns, `-- --only CALL` for one call. For a
//! profiler: `-- --serve file|memory DIR` is a server alone, `-- --drive ADDRESS CALL COUNT` warms it up, waits for a
//! line, and sends that many calls.
#![expect(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may stop"
)]

#[expect(dead_code, reason = "the binary's module; its tests have no harness here")]
#[path = "../src/connection.rs"]
mod connection;

#[expect(unused_imports, reason = "the binary's module; its tests have no harness here")]
#[path = "../src/limits.rs"]
mod limits;

#[expect(dead_code, reason = "the binary's module; no proxy is trusted here")]
#[path = "../src/proxy/mod.rs"]
mod proxy;

#[expect(dead_code, reason = "the binary's module; the connection names its types")]
#[path = "../src/tls.rs"]
mod tls;

/// What `tls` reads of the binary's configuration.
#[expect(dead_code, reason = "connections are plain here")]
mod config {
    use std::path::PathBuf;

    /// How connections are secured.
    pub(crate) enum Tls {
        /// Plain HTTP.
        Off,
        /// These PEM files.
        Files { certificate: PathBuf, key: PathBuf },
        /// A certificate of our own making.
        SelfSigned,
    }
}

use http::Request;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use trailward_bucket::Buckets;
use trailward_model::{Clock, SystemClock};
use trailward_service::{AccountSeed, Gateway, KeySeed, Platform, Settings, ensure_account};
use trailward_store::memory::MemoryJournal;
use trailward_store::seal::MasterKey;
use trailward_store::{Catalog, FileBlobs, FileJournal, FileJournalOptions, Journal, SqliteCatalog};
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret, sha256_hex, sign};

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "bench";
const CONNECTIONS: usize = 64;
/// Requests, and objects, of one connection.
const EACH: usize = 16;
const TURNS: usize = 5;

/// The bench server's root key.
fn root() -> Credentials {
    Credentials {
        access_key_id: "AKIABENCHBENCHBENCH1".into(),
        secret: SigningSecret::new("a secret that only the benchmark knows"),
        session_token: None,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = |name: &str| arguments.iter().position(|a| a == name);
    if let Some(at) = at("--serve") {
        let (kind, dir) = (arguments.get(at + 1).unwrap(), arguments.get(at + 2).unwrap());
        return serve(kind == "file", Path::new(dir));
    }
    if let Some(at) = at("--drive") {
        let (address, call) = (arguments.get(at + 1).unwrap(), arguments.get(at + 2).unwrap());
        let count = arguments.get(at + 3).unwrap().parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(drive(address.parse().unwrap(), call, count));
    }
    let seconds = at("--seconds").map_or(2.0, |at| arguments.get(at + 1).unwrap().parse().unwrap());
    let only = at("--only").map(|at| arguments.get(at + 1).unwrap().clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(compare(Duration::from_secs_f64(seconds), only.as_deref()));
    if only.is_none() {
        runtime.block_on(memory(Duration::from_secs_f64(seconds * 5.0)));
    }
}

/// Serves until its input ends. Delivery does not run: this is about calls.
fn serve(durable: bool, dir: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let master = Arc::new(MasterKey::load_or_create(&dir.join("master.key")).unwrap());
        let catalog: Arc<dyn Catalog> = Arc::new(SqliteCatalog::open(&dir.join("catalog.sqlite")).unwrap());
        let journal: Arc<dyn Journal> = if durable {
            let options = FileJournalOptions::default();
            Arc::new(FileJournal::open(&dir.join("journal"), Arc::clone(&master), options).unwrap())
        } else {
            Arc::new(MemoryJournal::new())
        };
        let blobs = Arc::new(FileBlobs::open(&dir.join("blobs"), Arc::clone(&master)).unwrap());
        let buckets =
            Arc::new(Buckets::new(Arc::clone(&catalog), blobs, Arc::clone(&clock), Arc::clone(&master)));
        let settings = Settings {
            regions: vec!["us-east-1".into()],
            bucket_hosts: Vec::new(),
            primary_account: ACCOUNT.into(),
        };
        let platform = Platform::new(clock, catalog, Arc::clone(&journal), buckets, master, settings);
        let key = root();
        let key = KeySeed {
            access_key_id: key.access_key_id,
            secret: key.secret.expose().to_owned(),
            user: None,
            administrator: true,
        };
        let seed = AccountSeed {
            id: ACCOUNT.into(),
            name: "main".into(),
            canonical_id: None,
            email: String::new(),
            keys: vec![key],
            mfa: Vec::new(),
        };
        ensure_account(&platform, &seed).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        // What delivery would do: nobody needs records that were delivered.
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                journal.trim(journal.end().saturating_sub(10_000)).await.unwrap();
            }
        });
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let limits = (limits::Places::for_this_process(), Arc::default());
        let gateway = Gateway::new(Arc::new(platform));
        let serving = tokio::spawn(connection::serve(listener, None, gateway, limits, stopped));
        let input = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
        input.await.unwrap();
        stop.send(true).unwrap();
        serving.await.unwrap();
    });
}

/// A server in a process of its own.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(kind: &str, dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", kind])
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }

    /// Seconds of processor time it used so far.
    fn cpu(&self) -> f64 {
        cpu_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn cpu_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // User and system time, in hundredths of a second.
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap_or_default() / 100.0).sum()
}

/// A request as `who` signs it, all its bytes.
fn signed(who: &Credentials, service: &str, method: &str, uri: &str, body: &[u8]) -> Vec<u8> {
    let mut builder = Request::builder().method(method).uri(uri).header("host", "localhost");
    if service == "sts" {
        builder = builder.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    builder =
        builder.header("user-agent", "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.1 lang/python#3.13");
    let (mut parts, ()) = builder.body(()).unwrap().into_parts();
    let scope = Scope { region: "us-east-1", service };
    sign(&mut parts, &sha256_hex(body), who, scope, SystemClock.now()).unwrap();
    let mut head = format!("{method} {uri} HTTP/1.1\r\n");
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    [format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

/// What one connection sends, again and again.
fn requests(who: &Credentials, call: &str, connection: usize) -> Vec<Vec<u8>> {
    let one = |number: usize| {
        let uri = format!("/{BUCKET}/objects/{connection:02}/{number:02}");
        match call {
            "GetCallerIdentity" => {
                signed(who, "sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15")
            }
            "PutObject 4 KiB" => signed(who, "s3", "PUT", &uri, &[b'x'; 4096]),
            _ => signed(who, "s3", "GET", &uri, b""),
        }
    };
    (0..EACH).map(one).collect()
}

const CALLS: [&str; 3] = ["GetCallerIdentity", "PutObject 4 KiB", "GetObject 4 KiB"];

/// Sends one request and reads its answer.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed a connection");
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(buffer.get(..head).unwrap()).to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).map_or("0", |rest| rest.lines().next().unwrap());
        let length: usize = length.parse().unwrap();
        if buffer.len() >= head + 4 + length {
            assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(buffer));
            return;
        }
    }
}

/// What one turn gave.
struct Turn {
    per_second: f64,
    /// Milliseconds.
    p50: f64,
    p99: f64,
    /// Microseconds of the server's processor time for each call.
    cpu: f64,
}

/// All connections send `call` for `time`.
async fn turn(
    address: SocketAddr,
    cpu: impl Fn() -> f64,
    who: &Credentials,
    call: &str,
    time: Duration,
) -> Turn {
    let mut connections = JoinSet::new();
    let (begin, _) = tokio::sync::broadcast::channel::<Instant>(1);
    for number in 0..CONNECTIONS {
        let requests = requests(who, call, number);
        let mut begin = begin.subscribe();
        connections.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut buffer = Vec::with_capacity(16 << 10);
            exchange(&mut stream, requests.first().unwrap(), &mut buffer).await;
            let end = begin.recv().await.unwrap();
            let mut times = Vec::new();
            for request in requests.iter().cycle() {
                let start = Instant::now();
                if start >= end {
                    return times;
                }
                exchange(&mut stream, request, &mut buffer).await;
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
            times
        });
    }
    // Until all have connected and been answered once.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (start, used) = (Instant::now(), cpu());
    begin.send(start + time).unwrap();
    let mut times: Vec<f64> = connections.join_all().await.into_iter().flatten().collect();
    let (elapsed, used) = (start.elapsed().as_secs_f64(), cpu() - used);
    times.sort_by(f64::total_cmp);
    let count = times.len() as f64;
    let nth = |hundredths: usize| times.get(times.len() * hundredths / 100).copied().unwrap_or_default();
    Turn { per_second: count / elapsed, p50: nth(50), p99: nth(99), cpu: used / count * 1e6 }
}

async fn make_bucket(address: SocketAddr, who: &Credentials) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = signed(who, "s3", "PUT", &format!("/{BUCKET}"), b"");
    exchange(&mut stream, &request, &mut Vec::new()).await;
    let mut buffer = Vec::new();
    for connection in 0..CONNECTIONS {
        for request in requests(who, "PutObject 4 KiB", connection) {
            exchange(&mut stream, &request, &mut buffer).await;
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The server with each journal, in turns.
async fn compare(time: Duration, only: Option<&str>) {
    let dir = tempfile::tempdir().unwrap();
    let servers = ["file", "memory"].map(|kind| (kind, Server::start(kind, &dir.path().join(kind))));
    for (_, server) in &servers {
        make_bucket(server.address, &root()).await;
    }
    println!("{CONNECTIONS} connections, {TURNS} turns of {:.1} s each, medians", time.as_secs_f64());
    println!("call               journal   calls/s   p50 ms   p99 ms   server CPU µs/call");
    for call in CALLS.into_iter().filter(|call| only.is_none_or(|only| call.starts_with(only))) {
        let mut turns = [Vec::new(), Vec::new()];
        for _ in 0..TURNS {
            for ((_, server), turns) in servers.iter().zip(&mut turns) {
                turns.push(turn(server.address, || server.cpu(), &root(), call, time).await);
            }
        }
        let rates = turns.each_ref().map(|turns| median(turns.iter().map(|t| t.per_second).collect()));
        for ((kind, _), (turns, rate)) in servers.iter().zip(turns.iter().zip(rates)) {
            let of = |get: fn(&Turn) -> f64| median(turns.iter().map(get).collect());
            let (p50, p99, cpu) = (of(|t| t.p50), of(|t| t.p99), of(|t| t.cpu));
            println!("{call:18} {kind:8} {rate:8.0} {p50:8.2} {p99:8.2} {cpu:12.0}");
        }
        let [file, memory] = rates;
        println!("{call:18} file/memory {:.2}", file / memory);
    }
}

/// Sends `count` requests of one call to a server that runs already, one after the other.
async fn drive(address: SocketAddr, call: &str, count: usize) {
    make_bucket(address, &root()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = Vec::new();
    let call = CALLS.into_iter().find(|known| known.starts_with(call)).unwrap();
    println!("warm");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for request in requests(&root(), call, 0).iter().cycle().take(count) {
        exchange(&mut stream, request, &mut buffer).await;
    }
}

/// Resident memory of a real server, with its trail and its delivery: idle, and under each of the calls.
async fn memory(time: Duration) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut child = Command::new(env!("CARGO_BIN_EXE_trailward"))
        .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data"])
        .arg(&data)
        .spawn()
        .unwrap();
    let endpoint = data.join("endpoint");
    while !std::fs::read_to_string(&endpoint).is_ok_and(|text| text.ends_with("\n\n")) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = std::fs::read_to_string(&endpoint).unwrap();
    let address: SocketAddr = text.lines().next().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    let credentials = std::fs::read_to_string(data.join("credentials")).unwrap();
    let value = |name: &str| {
        credentials.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim_start_matches([' ', '='])
    };
    let who = Credentials {
        access_key_id: value("aws_access_key_id").into(),
        secret: SigningSecret::new(value("aws_secret_access_key")),
        session_token: None,
    };
    let pid = child.id();
    let resident = move |what: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix(what)).unwrap_or("0");
        line.trim_start_matches([':', ' ', '\t']).split(' ').next().unwrap().parse::<f64>().unwrap() / 1024.0
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("trailward serve, idle: {:.0} MiB resident", resident("VmRSS"));
    make_bucket(address, &who).await;
    for call in CALLS {
        let turn = turn(address, || cpu_of(pid), &who, call, time).await;
        let (now, peak) = (resident("VmRSS"), resident("VmHWM"));
        println!(
            "trailward serve, {call}: {:.0} calls/s, p50 {:.2} ms, p99 {:.2} ms, {now:.0} MiB resident, peak so far {peak:.0} MiB",
            turn.per_second, turn.p50, turn.p99
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
