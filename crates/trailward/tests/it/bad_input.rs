//! Bytes that no client sends, on real connections: each is answered as AWS would or cut off, recorded once if it
//! reached the gateway, and the server lives on.

use crate::auditor::element;
use crate::client::Answered;
use crate::crash::Rng;
use crate::server::Server;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use percent_encoding::percent_decode_str;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use trailward_model::{Clock as _, SystemClock};
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret, sha256_hex, sign};

/// No answer takes this long; nothing is measured by it.
const NEVER: Duration = Duration::from_secs(30);

const BUCKET: &str = "bad-input";
const FORM: &str = "application/x-www-form-urlencoded";

/// A server with a bucket.
struct World {
    server: Server,
    _dir: tempfile::TempDir,
}

/// One connection.
struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What came over it.
#[derive(Debug)]
enum Reply {
    Answer(Answered),
    /// The server closed the connection.
    Closed,
    /// Nothing within the time.
    Silence,
}

impl Reply {
    #[track_caller]
    fn answer(self) -> Answered {
        match self {
            Self::Answer(answer) => answer,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// Refused with one of `statuses`, or cut off.
    #[track_caller]
    fn refused(self, statuses: &[u16]) {
        match self {
            Self::Answer(answer) => assert!(statuses.contains(&answer.status), "{answer:?}"),
            Self::Closed => {}
            Self::Silence => panic!("neither answered nor closed"),
        }
    }
}

impl Wire {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, received: Vec::new() }
    }

    /// Sends what the server takes; it may have closed already.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Says that nothing more will come.
    fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn reply(&mut self) -> Reply {
        self.reply_within(NEVER)
    }

    fn reply_within(&mut self, time: Duration) -> Reply {
        let deadline = Instant::now() + time;
        let mut piece = [0; 16 << 10];
        loop {
            if let Some((answer, used)) = parse(&self.received) {
                self.received.drain(..used);
                return Reply::Answer(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Reply::Silence;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            match self.stream.read(&mut piece) {
                Ok(0) => return Reply::Closed,
                Ok(count) => self.received.extend_from_slice(&piece[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Reply::Closed,
            }
        }
    }
}

/// The first answer in `bytes` and its length, once it is all there.
pub fn parse(bytes: &[u8]) -> Option<(Answered, usize)> {
    let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..head_end]).unwrap();
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    let rest = &bytes[head_end + 4..];
    if headers.get("transfer-encoding").is_some() {
        let (mut body, mut at) = (Vec::new(), 0);
        loop {
            let line = at + rest[at..].windows(2).position(|w| w == b"\r\n")?;
            let size = usize::from_str_radix(std::str::from_utf8(&rest[at..line]).unwrap(), 16).unwrap();
            body.extend_from_slice(rest.get(line + 2..line + 2 + size)?);
            at = line + 2 + size + 2;
            if size == 0 {
                rest.get(..at)?;
                return Some((Answered { status, headers, body: body.into() }, head_end + 4 + at));
            }
        }
    }
    let length: usize = headers.get("content-length").map_or(0, |v| v.to_str().unwrap().parse().unwrap());
    let body = Bytes::copy_from_slice(rest.get(..length)?);
    Some((Answered { status, headers, body }, head_end + 4 + length))
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let arguments = ["--no-default-trail", "--account-id", "111122223333"];
        let world = Self { server: Server::start(&dir.path().join("data"), &arguments), _dir: dir };
        let made = world.exchange(&world.signed("s3", "PUT", &format!("/{BUCKET}"), &[], b"")).answer();
        assert_eq!(made.status, 200, "{made:?}");
        world
    }

    fn wire(&self) -> Wire {
        Wire::open(self.server.address())
    }

    /// Sends `bytes` on a connection of their own.
    fn exchange(&self, bytes: &[u8]) -> Reply {
        let mut wire = self.wire();
        wire.send(bytes);
        wire.reply()
    }

    /// The same, and then says that nothing more will come.
    fn exchange_and_end(&self, bytes: &[u8]) -> Reply {
        let mut wire = self.wire();
        wire.send(bytes);
        wire.end();
        wire.reply()
    }

    /// A request's head as root signs it.
    fn signed_head(
        &self,
        service: &str,
        method: &str,
        uri: &str,
        more: &[(&str, &str)],
        hash: &str,
    ) -> String {
        let mut builder = Request::builder().method(method).uri(uri).header("host", "trailward.test");
        for (name, value) in more {
            builder = builder.header(*name, *value);
        }
        let (mut parts, ()) = builder.body(()).unwrap().into_parts();
        let root = Credentials {
            access_key_id: self.server.access_key_id.clone(),
            secret: SigningSecret::new(self.server.secret.clone()),
            session_token: None,
        };
        let scope = Scope { region: "us-east-1", service };
        sign(&mut parts, hash, &root, scope, SystemClock.now()).unwrap();
        let mut head = format!("{method} {uri} HTTP/1.1\r\n");
        for (name, value) in &parts.headers {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head
    }

    /// A request as root signs it, all its bytes.
    fn signed(&self, service: &str, method: &str, uri: &str, more: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let head = self.signed_head(service, method, uri, more, &sha256_hex(body));
        [format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    fn get_caller_identity(&self) -> Vec<u8> {
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        self.signed("sts", "POST", "/", &[("content-type", FORM)], body)
    }

    fn describe_trails(&self, body: &[u8]) -> Vec<u8> {
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        self.signed("cloudtrail", "POST", "/", &headers, body)
    }

    fn put_object(&self, key: &str, body: &[u8]) -> Vec<u8> {
        self.signed("s3", "PUT", &format!("/{BUCKET}/{key}"), &[], body)
    }

    /// Calls that reached the gateway, each of which has one record.
    fn recorded(&self) -> u64 {
        let mut wire = Wire::open(self.server.admin.parse().unwrap());
        wire.send(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
        let text = wire.reply().answer().text();
        let counters = text.lines().filter(|line| line.starts_with("trailward_requests_total{"));
        counters.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Waits until that many calls were recorded, and no more.
    #[track_caller]
    fn await_recorded(&self, wanted: u64) {
        let deadline = Instant::now() + NEVER;
        loop {
            let recorded = self.recorded();
            assert!(recorded <= wanted, "{recorded} calls were recorded, not {wanted}");
            if recorded == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{recorded} calls were recorded, not {wanted}");
        }
    }

    /// The server answers, and records.
    #[track_caller]
    fn lives(&self) {
        let before = self.recorded();
        let answer = self.exchange(&self.get_caller_identity()).answer();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(self.recorded(), before + 1);
    }

    /// Open sockets of the server, where the system tells.
    fn sockets(&self) -> Option<usize> {
        let fds = PathBuf::from(format!("/proc/{}/fd", self.server.pid()));
        let links = std::fs::read_dir(fds).ok()?.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
        Some(links.filter(|link| link.to_string_lossy().starts_with("socket:")).count())
    }

    /// Waits until no more sockets are open than `before`.
    #[track_caller]
    fn await_sockets(&self, before: Option<usize>) {
        let deadline = Instant::now() + NEVER;
        while self.sockets() > before {
            assert!(Instant::now() < deadline, "{:?} sockets stay open, not {before:?}", self.sockets());
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_is_no_request_is_cut_off_and_not_recorded() {
    let world = World::new();
    let before = world.recorded();
    let sockets = world.sockets();
    let many: String = (0..201).map(|n| format!("x-{n}: 1\r\n")).collect();
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("no words", b"\r\n\r\n\r\n\r\nnonsense\r\n\r\n".to_vec(), &[400]),
        ("no path", b"GET HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("a host for a path", b"POST a HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("a tunnel", b"CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n".to_vec(), &[400]),
        ("no version", b"GET /\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("another version", b"GET / HTTP/3.7\r\nhost: a\r\n\r\n".to_vec(), &[400, 505]),
        ("a bad method", b"G\x01T / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("NUL in the path", b"GET /a\0b HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("a space in the path", b"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), &[400]),
        ("NUL in a header", b"GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n".to_vec(), &[400]),
        ("NUL in a header's name", b"GET / HTTP/1.1\r\nhost: a\r\nx\0y: b\r\n\r\n".to_vec(), &[400]),
        ("a header without a colon", b"GET / HTTP/1.1\r\nhost: a\r\nnothing\r\n\r\n".to_vec(), &[400]),
        ("a folded header", b"GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n".to_vec(), &[400]),
        ("201 headers", format!("GET / HTTP/1.1\r\n{many}\r\n").into(), &[400, 431]),
        ("a large header", [b"GET / HTTP/1.1\r\nx: ", &[b'a'; 300_000][..], b"\r\n\r\n"].concat(), &[431]),
        ("a large path", [b"GET /", &[b'a'; 300_000][..], b" HTTP/1.1\r\n\r\n"].concat(), &[414, 431]),
        ("a path beyond 65,534", [b"GET /", &[b'a'; 65_534][..], b" HTTP/1.1\r\n\r\n"].concat(), &[414, 431]),
        (
            "two lengths",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_vec(),
            &[400],
        ),
        (
            "a length that is none",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n".to_vec(),
            &[400],
        ),
        (
            "a length beyond 2^64",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n".to_vec(),
            &[400],
        ),
        (
            "an unknown transfer encoding",
            b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: rot13\r\n\r\n".to_vec(),
            &[400],
        ),
        (
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
            &[400, 505],
        ),
        (
            "a TLS hello",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefghijklmnopqrstuvwxyz\r\n\r\n".to_vec(),
            &[400],
        ),
        ("zeros", vec![0; 1000], &[400]),
    ];
    for (what, bytes, statuses) in cases {
        println!("{what}");
        world.exchange_and_end(&bytes).refused(statuses);
        assert_eq!(world.recorded(), before, "{what}: what is no request was recorded");
    }
    world.lives();
    world.await_sockets(sockets);
}

#[test]
fn bodies_are_what_their_heads_say() {
    let world = World::new();
    let once = |what: &str, reply: Reply, statuses: &[u16], codes: &[&str], before: u64| {
        println!("{what}: {reply:?}");
        if let Reply::Answer(answer) = &reply {
            assert!(codes.contains(&answer.error_code().as_str()), "{what}: {answer:?}");
        }
        reply.refused(statuses);
        world.await_recorded(before + 1);
    };
    let cap = 1 << 20;
    for (what, request) in [
        (
            "a form over the cap",
            world.signed("sts", "POST", "/", &[("content-type", FORM)], &vec![b'a'; cap + 1]),
        ),
        ("JSON over the cap", world.describe_trails(&vec![b' '; cap + 1])),
    ] {
        let before = world.recorded();
        once(what, world.exchange(&request), &[413], &["RequestEntityTooLarge"], before);
    }
    let before = world.recorded();
    let mut at_cap = vec![b' '; cap];
    at_cap[..2].copy_from_slice(b"{}");
    assert_eq!(
        world.exchange(&world.describe_trails(&at_cap)).answer().status,
        200,
        "a body of the cap's size"
    );
    world.await_recorded(before + 1);

    let incomplete = &["IncompleteBody", "InvalidSignatureException", "SignatureDoesNotMatch"];
    for (what, mut request) in [
        ("JSON that ends early", world.describe_trails(b"{\"includeShadowTrails\":true}")),
        ("a form that ends early", world.get_caller_identity()),
        ("an object that ends early", world.put_object("short", &vec![b'x'; 100_000])),
    ] {
        let before = world.recorded();
        request.truncate(request.len() - 5);
        once(what, world.exchange_and_end(&request), &[400, 403], incomplete, before);
    }
    let get = world.signed("s3", "GET", &format!("/{BUCKET}/short"), &[], b"");
    assert_eq!(world.exchange(&get).answer().error_code(), "NoSuchKey", "half an object was stored");

    // More than declared: the rest is another request, or none.
    let before = world.recorded();
    let mut wire = world.wire();
    wire.send(&[world.describe_trails(b"{}"), b"garbage, pipelined\r\n\r\n".to_vec()].concat());
    assert_eq!(wire.reply().answer().status, 200);
    wire.reply().refused(&[400]);
    let mut wire = world.wire();
    wire.send(
        &[world.describe_trails(b"{}"), world.get_caller_identity(), world.describe_trails(b"{}")].concat(),
    );
    for _ in 0..3 {
        assert_eq!(wire.reply().answer().status, 200, "requests in a pipeline");
    }
    world.await_recorded(before + 4);

    let chunked = |body: &str| {
        let hash = sha256_hex(b"{}");
        let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails";
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let head = world.signed_head("cloudtrail", "POST", "/", &headers, &hash);
        format!("{head}transfer-encoding: chunked\r\n\r\n{body}").into_bytes()
    };
    let before = world.recorded();
    assert_eq!(world.exchange(&chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")).answer().status, 200, "chunks");
    world.await_recorded(before + 1);
    for (what, body) in [
        ("a chunk's size that is none", "zz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk's size beyond 2^64", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("a chunk without its end", "2\r\n{}0\r\n\r\n"),
        ("no last chunk", "2\r\n{}\r\n"),
        ("a chunk that is too long for its size", "1\r\n{}\r\n0\r\n\r\n"),
        ("half a trailer", "2\r\n{}\r\n0\r\nx: "),
    ] {
        let before = world.recorded();
        once(what, world.exchange_and_end(&chunked(body)), &[400], incomplete, before);
    }

    // An object that claims more than S3 takes is refused before it is sent.
    let before = world.recorded();
    let head = world.signed_head("s3", "PUT", &format!("/{BUCKET}/huge"), &[], &sha256_hex(b""));
    let request = format!("{head}content-length: 6000000000\r\n\r\n");
    let reply = world.exchange(request.as_bytes());
    once("6 GB", reply, &[400], &["EntityTooLarge"], before);
    let before = world.recorded();
    let request = world.signed("s3", "POST", &format!("/{BUCKET}?delete"), &[], &vec![b' '; (8 << 20) + 1]);
    let codes = ["EntityTooLarge", "MalformedXML", "MaxMessageLengthExceeded", "InvalidRequest"];
    once("a document over 8 MiB", world.exchange(&request), &[400, 413], &codes, before);
    world.lives();
}

#[test]
fn a_connection_may_be_cut_anywhere() {
    let world = World::new();
    let object: Vec<u8> = world.put_object("cut", b"the object's bytes");
    let requests = [
        world.get_caller_identity(),
        world.describe_trails(b"{}"),
        object,
        world.signed("s3", "GET", "/", &[], b""),
    ];
    let sockets = world.sockets();
    let mut wanted = world.recorded();
    for request in requests {
        let head = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        for cut in 0..=request.len() {
            let mut wire = world.wire();
            wire.send(&request[..cut]);
            // A head that is all there has reached the gateway, whatever becomes of its connection.
            wanted += u64::from(cut >= head);
        }
        world.await_recorded(wanted);
        world.lives();
        wanted += 1;
    }
    world.await_sockets(sockets);
}

#[test]
fn a_head_that_never_ends_is_cut_off() {
    let world = World::new();
    let sockets = world.sockets();
    let mut silent = world.wire();
    let mut slow = world.wire();
    slow.send(b"GET / HTTP/1.1\r\nhost: a\r\nx: ");
    // Not once within the time a head may take does a byte fail to come.
    let drip = std::thread::spawn({
        let mut stream = slow.stream.try_clone().unwrap();
        move || {
            while stream.write_all(b"a").is_ok() {
                std::thread::sleep(Duration::from_millis(500));
            }
        }
    });
    slow.reply_within(2 * NEVER).refused(&[400, 408]);
    silent.reply_within(2 * NEVER).refused(&[400, 408]);
    let _ = slow.stream.shutdown(Shutdown::Both);
    drip.join().unwrap();
    drop((silent, slow));
    world.lives();
    world.await_sockets(sockets);
}

#[test]
fn names_are_just_names() {
    let world = World::new();
    let list = || {
        let request = world.signed("s3", "GET", &format!("/{BUCKET}?list-type=2"), &[], b"");
        let text = world.exchange(&request).answer().text();
        let mut keys: Vec<String> =
            text.split("<Contents>").skip(1).map(|object| element(object, "Key")).collect();
        keys.sort();
        keys
    };
    let mut keys = vec![
        "..".to_owned(),
        "../..".to_owned(),
        "a/../b".to_owned(),
        "a/./b".to_owned(),
        "a//b".to_owned(),
        "/a".to_owned(),
        "a/".to_owned(),
        "....//etc/passwd".to_owned(),
        "?x=y#z".to_owned(),
        "a b+c%d".to_owned(),
        "ü/日本/🐢".to_owned(),
        "k".repeat(1024),
        "ß".repeat(512),
    ];
    for (number, key) in keys.iter().enumerate() {
        println!("{key}");
        let before = world.recorded();
        // All escaped, as some clients do; dots included.
        let escaped: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!("object {number}");
        let put = world.exchange(&world.put_object(&escaped, body.as_bytes())).answer();
        assert_eq!(put.status, 200, "{key}: {put:?}");
        for name in [escaped, escaped_least(key)] {
            let get = world.signed("s3", "GET", &format!("/{BUCKET}/{name}"), &[], b"");
            let got = world.exchange(&get).answer();
            assert_eq!((got.status, got.text()), (200, body.clone()), "{name}");
        }
        assert_eq!(world.recorded(), before + 3);
    }
    keys.sort();
    assert_eq!(list(), keys, "other keys than were put");
    for name in ["k".repeat(1025), format!("{}x", "%C3%9F".repeat(512))] {
        let before = world.recorded();
        let put = world.exchange(&world.put_object(&name, b"x")).answer();
        assert_eq!((put.status, put.error_code().as_str()), (400, "KeyTooLongError"), "{put:?}");
        assert_eq!(world.recorded(), before + 1);
    }
    for name in ["%FF", "a%FE%80", "%C3", "%ED%A0%80"] {
        let before = world.recorded();
        let put = world.exchange(&world.put_object(name, b"x")).answer();
        assert!((400..500).contains(&put.status), "{name}: {put:?}");
        assert!(!put.error_code().is_empty(), "{name}: {put:?}");
        assert_eq!(world.recorded(), before + 1);
    }
    for query in ["%FF=%FE", "prefix=%FF", "list-type=2&prefix=%00%FF", "a=%zz&%=", "&&&", "versionId=%00"] {
        let before = world.recorded();
        let get =
            world.exchange(&world.signed("s3", "GET", &format!("/{BUCKET}?{query}"), &[], b"")).answer();
        assert!(get.status < 500, "{query}: {get:?}");
        assert_eq!(world.recorded(), before + 1);
    }
    for bucket in ["%00", "..", ".", "a%2Fb", "A", "%FF", "xn--a", "192.168.0.1"] {
        let before = world.recorded();
        let put = world.exchange(&world.signed("s3", "PUT", &format!("/{bucket}"), &[], b"")).answer();
        assert!((400..500).contains(&put.status), "{bucket}: {put:?}");
        assert_eq!(world.recorded(), before + 1);
    }
    assert_eq!(list(), keys, "a refused name was taken");
    world.lives();
}

/// Escaped as little as a path may be: dots and slashes go as they are.
fn escaped_least(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    key.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[test]
fn heads_that_no_client_signs() {
    let world = World::new();
    let originals =
        [world.get_caller_identity(), world.describe_trails(b"{}"), world.put_object("dates", b"x")];
    let codes = [
        &["SignatureDoesNotMatch", "IncompleteSignature"][..],
        &["InvalidSignatureException", "IncompleteSignatureException"][..],
        &[
            "SignatureDoesNotMatch",
            "AuthorizationHeaderMalformed",
            "AccessDenied",
            "RequestTimeTooSkewed",
            "InvalidArgument",
        ][..],
    ];
    let dates = [
        "",
        "yesterday",
        "20260231T000000Z",
        "20261121",
        "20261121T256161Z",
        "99999999T999999Z",
        "2026-11-21T00:00:00Z",
        "00000101T000000Z",
        "20261121T000000Z ",
        "1764000000",
        "Sat, 21 Nov 2026 00:00:00 GMT",
        "\u{663}20261121T000000Z",
    ];
    for (original, codes) in originals.iter().zip(codes) {
        let text = String::from_utf8(original.clone()).unwrap();
        let line = text.lines().find(|line| line.starts_with("x-amz-date: ")).unwrap();
        let authorization = text.lines().find(|line| line.starts_with("authorization: ")).unwrap();
        let refused = |what: &str, changed: String| {
            assert_ne!(changed, text, "{what}");
            println!("{what}");
            let before = world.recorded();
            let answer = world.exchange(changed.as_bytes()).answer();
            let code = answer.error_code();
            assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
            assert!(codes.contains(&code.as_str()), "{what}: {answer:?}");
            world.await_recorded(before + 1);
        };
        for date in dates {
            refused(date, text.replace(line, &format!("x-amz-date: {date}")));
        }
        refused("two dates", text.replace(line, &format!("{line}\r\n{line}")));
        refused(
            "two signatures",
            text.replace(authorization, &format!("{authorization}\r\n{authorization}")),
        );
        for changed in [
            "authorization: ",
            "authorization: AWS4-HMAC-SHA256",
            "authorization: AWS4-HMAC-SHA256 a",
            "authorization: AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        ] {
            refused(changed, text.replace(authorization, changed));
        }
        let long = format!("{}{}", "a;".repeat(10_000), "host");
        refused("20,000 signed headers", text.replace("SignedHeaders=", &format!("SignedHeaders={long};")));
        refused("bytes that are not ASCII", text.replace("Credential=", "Credential=ü"));
    }
    // Bytes that are not UTF-8, in a header that is signed.
    for original in originals {
        let before = world.recorded();
        let at = original.windows(4).position(|w| w == b"host").unwrap() + 6;
        let mut changed = original.clone();
        changed.splice(at..=at, [0xff, 0xfe]);
        let answer = world.exchange(&changed).answer();
        assert!((400..500).contains(&answer.status), "{answer:?}");
        world.await_recorded(before + 1);
    }
    world.lives();
}

/// What a signature vouches for, computed on the bytes without the product's own reading of them: the method, path
/// and query (decoded), the signed headers (white space aside) and the body. `None` if it is no request.
fn signed_content(bytes: &[u8]) -> Option<Vec<String>> {
    // Lines may end without CR.
    let ends = |at: &usize| bytes[*at..].starts_with(b"\n\r\n") || bytes[*at..].starts_with(b"\n\n");
    let end = (0..bytes.len()).find(ends)?;
    let body = end + 2 + usize::from(bytes[end + 1] == b'\r');
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.trim_start().lines();
    let mut first = lines.next()?.split(' ');
    let (method, uri) = (first.next()?, first.next()?);
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let decode = |text: &str| percent_decode_str(text).map(char::from).collect::<String>();
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| {
            format!("{:?}={:?}", decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect();
    pairs.sort();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| {
            (name.to_lowercase(), value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect();
    let authorization = &headers.iter().find(|(name, _)| name == "authorization")?.1;
    let signed = authorization.split_once("SignedHeaders=")?.1.split(',').next()?.trim().to_owned();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let mut content = vec![method.to_owned(), decode(path), pairs.join("&"), signed.clone()];
    for name in signed.split(';') {
        content.extend(headers.iter().filter(|(n, _)| n == name).map(|(n, v)| format!("{n}:{v}")));
    }
    // Calls that read take nothing from a body, so what a length promises behind them means nothing.
    if method != "GET" {
        content.push(format!("{:?}", bytes.get(body..body + length)?));
    }
    Some(content)
}

/// Changes some bytes of `request`.
fn mutated(request: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = request.to_vec();
    for _ in 0..=rng.below(2) {
        let length = bytes.len() as u64;
        let at = usize::try_from(rng.below(length)).unwrap();
        let other = usize::try_from(rng.below(length)).unwrap();
        let byte = match rng.below(4) {
            0 => (rng.below(256) & 0xff) as u8,
            1 => b" \r\n\t:;,=&?%/+.\0\xff"[usize::try_from(rng.below(16)).unwrap()],
            2 => bytes[other],
            _ => bytes[at] ^ (1 << rng.below(8)),
        };
        match rng.below(6) {
            0..3 => bytes[at] = byte,
            3 => bytes.insert(at, byte),
            4 => drop(bytes.remove(at)),
            _ => {
                let piece = bytes[at.min(other)..at.max(other).min(at.min(other) + 40)].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

#[test]
fn two_thousand_mutations_are_refused_or_change_nothing_signed() {
    let world = World::new();
    let mut rng = Rng::seeded();
    let (mut accepted, mut refused, mut closed) = (0, 0, 0);
    for round in 0..3 {
        let mut wire = world.wire();
        for number in 0..700 {
            let original = match round {
                0 => world.describe_trails(b"{\"includeShadowTrails\":false}"),
                1 => world.get_caller_identity(),
                _ if number % 2 == 0 => {
                    world.signed("s3", "GET", &format!("/{BUCKET}?list-type=2&prefix=a%2Fb"), &[], b"")
                }
                _ => world.put_object("mutated/key", b"the object's bytes"),
            };
            let changed = mutated(&original, &mut rng);
            let shown = || changed.escape_ascii().to_string();
            wire.send(&changed);
            let mut reply = wire.reply_within(Duration::from_millis(100));
            let mut over = false;
            if matches!(reply, Reply::Silence) {
                // It may still wait for what the changed bytes announce.
                wire.end();
                over = true;
                reply = wire.reply();
            }
            match reply {
                Reply::Answer(answer) => {
                    let status = answer.status;
                    assert!(status < 500 || status == 501 || status == 503, "{status} for {}", shown());
                    if status < 300 {
                        let same = signed_content(&changed) == signed_content(&original);
                        assert!(same, "accepted with other content than was signed: {}\n{answer:?}", shown());
                        accepted += 1;
                    } else {
                        refused += 1;
                    }
                    // Bytes behind a request's end are the beginning of another one.
                    over |= answer.headers.get("connection").is_some_and(|v| v == "close")
                        || signed_content(&changed).is_none_or(|_| changed.len() != original.len());
                }
                Reply::Closed => {
                    closed += 1;
                    over = true;
                }
                Reply::Silence => panic!("neither answered nor closed: {}", shown()),
            }
            if over {
                wire = world.wire();
            }
        }
    }
    println!("{refused} refused, {closed} cut off, {accepted} accepted with nothing signed changed");
    world.lives();
}

/// The header values that `http` takes are more than those that are text.
#[test]
fn headers_of_any_bytes() {
    let world = World::new();
    for byte in 1..=255_u8 {
        if HeaderValue::from_bytes(&[byte]).is_err() {
            continue;
        }
        let before = world.recorded();
        let mut request = world.get_caller_identity();
        let end = request.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        request.splice(end..end, [b"\r\nuser-agent: a".as_slice(), &[byte, b'b']].concat());
        // Not signed, so it may be anything.
        assert_eq!(world.exchange(&request).answer().status, 200, "byte {byte}");
        assert_eq!(world.recorded(), before + 1);
    }
}
