//! Any bytes as the body of a signed S3 call, or as a browser form: answered, recorded once, and never a panic.
//!
//! The first byte chooses the call; the rest is the body.
#![no_main]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use trailward_bucket::Buckets;
use trailward_model::{Clock, SystemClock};
use trailward_service::{AccountSeed, Gateway, KeySeed, Peer, Platform, Settings, ensure_account};
use trailward_store::memory::{MemoryBlobs, MemoryCatalog, MemoryJournal};
use trailward_store::seal::MasterKey;
use trailward_store::{Blobs, Catalog, Journal};
use trailward_wire::sigv4::{Credentials, Scope, SigningSecret, sha256_hex, sign};

const ACCOUNT: &str = "111122223333";
const KEY: &str = "AKIAEXAMPLEMAIN00001";
const SECRET: &str = "secret";

/// Method and target of what takes a document.
const CALLS: [(&str, &str); 20] = [
    ("POST", "/things?delete="),
    ("PUT", "/things?lifecycle="),
    ("PUT", "/things?tagging="),
    ("PUT", "/things?acl="),
    ("PUT", "/things?versioning="),
    ("PUT", "/things?policy="),
    ("PUT", "/things?cors="),
    ("PUT", "/things?notification="),
    ("PUT", "/things?replication="),
    ("PUT", "/things?logging="),
    ("PUT", "/things?encryption="),
    ("PUT", "/things?object-lock="),
    ("PUT", "/things?ownershipControls="),
    ("PUT", "/things?publicAccessBlock="),
    ("PUT", "/things?requestPayment="),
    ("PUT", "/things/key?tagging="),
    ("PUT", "/things/key?retention="),
    ("PUT", "/things/key?legal-hold="),
    ("POST", "/things/key?uploadId=x"),
    ("PUT", "/other"),
];

struct World {
    runtime: Runtime,
    gateway: Gateway,
    journal: Arc<MemoryJournal>,
    calls: u32,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let journal = Arc::new(MemoryJournal::new());
        let gateway = runtime.block_on(async {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let master = Arc::new(MasterKey::from_bytes([1; 32]));
            let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
            let blobs: Arc<dyn Blobs> = Arc::new(MemoryBlobs::new());
            let buckets =
                Arc::new(Buckets::new(Arc::clone(&catalog), blobs, Arc::clone(&clock), Arc::clone(&master)));
            let settings = Settings {
                regions: vec!["us-east-1".into()],
                bucket_hosts: Vec::new(),
                primary_account: ACCOUNT.into(),
            };
            let recorded: Arc<dyn Journal> = journal.clone();
            let platform = Platform::new(clock, catalog, recorded, buckets, master, settings);
            let key = KeySeed {
                access_key_id: KEY.into(),
                secret: SECRET.into(),
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
            ensure_account(&platform, &seed).await.expect("an account");
            Gateway::new(Arc::new(platform))
        });
        let mut world = Self { runtime, gateway, journal, calls: 0 };
        world.call("PUT", "/things", Bytes::new(), None);
        world.call("PUT", "/things/key", Bytes::from("x"), None);
        world
    }

    fn call(&mut self, method: &str, uri: &str, body: Bytes, form: Option<&str>) {
        let mut builder = Request::builder().method(method).uri(uri).header("host", "localhost");
        builder = builder.header("content-length", body.len());
        if let Some(kind) = form {
            builder = builder.header("content-type", kind);
        }
        let (mut parts, ()) = builder.body(()).expect("a request").into_parts();
        if form.is_none() {
            let credentials = Credentials {
                access_key_id: KEY.into(),
                secret: SigningSecret::new(SECRET.to_owned()),
                session_token: None,
            };
            let scope = Scope { region: "us-east-1", service: "s3" };
            sign(&mut parts, &sha256_hex(&body), &credentials, scope, SystemClock.now()).expect("signed");
        }
        let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
        let before = self.journal.end();
        let peer = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None };
        let request = Request::from_parts(parts, body);
        let answer = self.runtime.block_on(async {
            let answer = self.gateway.handle(request, peer).await;
            let status = answer.status().as_u16();
            let _ = answer.into_body().collect().await;
            status
        });
        assert_ne!(answer, 500, "{method} {uri}");
        assert!(self.journal.end() > before, "{method} {uri} was answered {answer} and not recorded");
        self.calls += 1;
    }
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, body @ ..] = bytes else { return };
    WORLD.with_borrow_mut(|slot| {
        // The stores are in memory; what was written is forgotten now and then.
        if slot.as_ref().is_none_or(|world| world.calls > 2000) {
            *slot = Some(World::new());
        }
        let Some(world) = slot else { return };
        let body = Bytes::copy_from_slice(body);
        match CALLS.get(usize::from(*choice) % (CALLS.len() + 1)) {
            Some((method, uri)) => world.call(method, uri, body, None),
            None => world.call("POST", "/things", body, Some("multipart/form-data; boundary=b")),
        }
    });
});
