//! Bodies of S3 requests: what is signed, framed or announced wrongly is refused, and leaves nothing behind.

use crate::world::{Answer, World, root};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use time::OffsetDateTime;
use trailward_model::Clock as _;
use trailward_wire::sigv4::{ChunkSigner, Scope, present, sha256_hex, sign};

const BUCKET: &str = "payload-bucket";
const SCOPE: Scope<'static> = Scope { region: "us-east-1", service: "s3" };

async fn world() -> World {
    let world = World::new().await;
    world.bucket(BUCKET).await;
    world
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "trailward.test")
}

async fn get(world: &World, path: &str) -> Answer {
    let request = request(Method::GET, path).body(Bytes::new()).expect("a request");
    world.send(world.signed(request, &root(), SCOPE)).await
}

/// Sends a body whose head says `claim`, with chunks that `frame` makes.
async fn streamed(
    world: &World,
    claim: &str,
    headers: &[(&'static str, &str)],
    frame: impl FnOnce(ChunkSigner) -> Vec<u8>,
) -> Answer {
    let mut builder = request(Method::PUT, &format!("/{BUCKET}/k"));
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let (mut parts, ()) = builder.body(()).expect("a request").into_parts();
    let now: OffsetDateTime = world.clock.now();
    sign(&mut parts, claim, &root(), SCOPE, now).expect("a signature");
    let signer = present(&parts).expect("a signature").expect("one").chunk_signer(&root().secret);
    let body = frame(signer);
    parts.headers.insert("content-length", HeaderValue::from(body.len()));
    world.send(Request::from_parts(parts, Bytes::from(body))).await
}

/// Chunks as AWS's clients sign them, then the trailer if there is one.
fn chunks(mut signer: ChunkSigner, pieces: &[&[u8]], trailer: Option<&str>) -> Vec<u8> {
    let mut body = Vec::new();
    for piece in pieces.iter().copied().chain([b"".as_slice()]) {
        let signature = signer.chunk(&sha256_hex(piece));
        body.extend_from_slice(format!("{:x};chunk-signature={signature}\r\n", piece.len()).as_bytes());
        body.extend_from_slice(piece);
        if !piece.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
    }
    if let Some(line) = trailer {
        let signature = signer.trailer(&format!("{line}\n"));
        body.extend_from_slice(format!("{line}\r\nx-amz-trailer-signature:{signature}\r\n").as_bytes());
    }
    body.extend_from_slice(b"\r\n");
    body
}

const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const TRAILED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
static LARGE: [u8; 70_000] = [b'x'; 70_000];

async fn nothing_is_there(world: &World) {
    let answer = get(world, &format!("/{BUCKET}/k")).await;
    assert_eq!(answer.status, 404, "{}", answer.body);
}

#[tokio::test]
async fn signed_chunks_are_accepted() {
    let world = world().await;
    let length = [("x-amz-decoded-content-length", "70005"), ("content-encoding", "aws-chunked")];
    let answer = streamed(&world, SIGNED, &length, |signer| chunks(signer, &[&LARGE, b"hello"], None)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let got = get(&world, &format!("/{BUCKET}/k")).await;
    assert_eq!((got.status, got.body.len()), (200, 70_005));
    assert_eq!(got.headers.get("content-encoding"), None);
    assert!(got.body.ends_with("hello"));
}

#[tokio::test]
async fn signed_trailers_are_accepted_and_checked() {
    let world = world().await;
    let headers = [("x-amz-decoded-content-length", "5"), ("x-amz-trailer", "x-amz-checksum-crc32")];
    let send = async |line: &'static str, spoil: fn(&mut Vec<u8>)| {
        streamed(&world, TRAILED, &headers, |signer| {
            let mut body = chunks(signer, &[b"hello"], Some(line));
            spoil(&mut body);
            body
        })
        .await
    };
    let right = "x-amz-checksum-crc32:NhCmhg==";
    let cut = |body: &mut Vec<u8>| body.truncate(body.len() - 120);
    send(right, cut).await.failed(400, "MalformedTrailerError");
    let flip = |body: &mut Vec<u8>| {
        let at = body.len() - 10;
        body[at] = if body[at] == b'0' { b'1' } else { b'0' };
    };
    send(right, flip).await.failed(403, "SignatureDoesNotMatch");
    send("x-amz-checksum-crc32:AAAAAA==", |_| {}).await.failed(400, "BadDigest");
    nothing_is_there(&world).await;
    assert_eq!(send(right, |_| {}).await.status, 200);
}

#[tokio::test]
async fn changed_chunks_are_refused() {
    let world = world().await;
    let length = [("x-amz-decoded-content-length", "70005")];
    let whole = |signer| chunks(signer, &[&LARGE, b"hello"], None);
    let flipped = streamed(&world, SIGNED, &length, |signer| {
        let mut body = whole(signer);
        body[50_000] = b'y';
        body
    });
    flipped.await.failed(403, "SignatureDoesNotMatch");
    let swapped = streamed(&world, SIGNED, &length, |signer| {
        let mut body = whole(signer);
        let at = body.len() - 100;
        body[at] = b'h';
        body.truncate(at + 1);
        body
    });
    assert_eq!(swapped.await.status, 400);
    let foreign = streamed(&world, SIGNED, &length, |mut signer| {
        signer.chunk("something else came before");
        whole(signer)
    });
    foreign.await.failed(403, "SignatureDoesNotMatch");
    let unsigned = streamed(&world, SIGNED, &[("x-amz-decoded-content-length", "5")], |_| {
        b"5\r\nhello\r\n0\r\n\r\n".to_vec()
    });
    unsigned.await.failed(400, "IncompleteBody");
    nothing_is_there(&world).await;
}

#[tokio::test]
async fn lengths_and_sizes_of_chunks_are_checked() {
    let world = world().await;
    let missing = streamed(&world, SIGNED, &[], |signer| chunks(signer, &[b"hello"], None));
    missing.await.failed(411, "MissingContentLength");
    for wrong in ["4", "6"] {
        let length = [("x-amz-decoded-content-length", wrong)];
        let answer = streamed(&world, SIGNED, &length, |signer| chunks(signer, &[b"hello"], None));
        answer.await.failed(400, "IncompleteBody");
    }
    let length = [("x-amz-decoded-content-length", "10")];
    let small = streamed(&world, SIGNED, &length, |signer| chunks(signer, &[b"hello", b"hello"], None));
    small.await.failed(403, "InvalidChunkSizeError");
    let length = [("x-amz-decoded-content-length", "70000")];
    let cut = streamed(&world, SIGNED, &length, |signer| {
        let mut body = chunks(signer, &[&LARGE], None);
        body.truncate(70_100);
        body
    });
    cut.await.failed(400, "IncompleteBody");
    nothing_is_there(&world).await;
}

#[tokio::test]
async fn bodies_that_were_not_signed_are_refused() {
    let world = world().await;
    let put = request(Method::PUT, &format!("/{BUCKET}/k")).body(Bytes::from("body")).expect("a request");
    let signed = world.signed(put, &root(), SCOPE);
    let answer = world.send(signed.map(|_| Bytes::from("evil"))).await;
    let answer = answer.failed(400, "XAmzContentSHA256Mismatch");
    assert_eq!(answer.text("S3ComputedContentSHA256"), Some(sha256_hex(b"evil")));
    nothing_is_there(&world).await;
    let record = &world.records().await[world.records().await.len() - 2];
    assert_eq!(record["errorCode"], "XAmzContentSHA256Mismatch");
    assert_eq!(record["requestParameters"]["key"], "k");
}

#[tokio::test]
async fn signatures_may_be_in_the_query_and_headers_with_them() {
    let world = world().await;
    // Presigned requests are made by clients; here it matters that a parameter cannot be added afterwards.
    let put = request(Method::PUT, &format!("/{BUCKET}/k")).body(Bytes::from("body")).expect("a request");
    let mut signed = world.signed(put, &root(), SCOPE);
    signed.headers_mut().insert("x-amz-storage-class", HeaderValue::from_static("STANDARD_IA"));
    world.send(signed).await.failed(403, "AccessDenied");
    let put = request(Method::PUT, &format!("/{BUCKET}/k?x-amz-storage-class=STANDARD_IA"));
    let signed = world.signed(put.body(Bytes::from("body")).expect("a request"), &root(), SCOPE);
    assert_eq!(world.send(signed).await.status, 200);
}
