//! A small endpoint that serves a [`World`] as S3, CloudTrail and Organizations do. Signatures are not checked; what
//! was asked is remembered.

mod aws_json;
mod body;
mod listing;
mod s3;

use super::World;
use body::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How the endpoint misbehaves.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Waiting time before each object's answer.
    pub latency: Duration,
    /// Every n-th request is answered 503 SlowDown.
    pub slow_down_every: Option<u64>,
    /// Every n-th object's body ends in the middle.
    pub cut_every: Option<u64>,
    /// Actions that are refused, as `s3:GetObject`.
    pub denied_actions: Vec<String>,
    /// Prefixes of keys that may be neither listed nor read.
    pub denied_prefixes: Vec<String>,
    /// Requests are not remembered.
    pub forgetful: bool,
}

/// A request as it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GetObject`, `ListObjectsV2`, `cloudtrail:ListPublicKeys`, …
    pub operation: String,
    /// The credential scope's Region.
    pub region: String,
    pub bucket: String,
    /// The key, or a listing's prefix.
    pub key: String,
    /// All query parameters.
    pub query: BTreeMap<String, String>,
    /// The body of an API call.
    pub body: String,
}

struct State {
    world: World,
    faults: Faults,
    asked: Mutex<Vec<Asked>>,
    requests: AtomicU64,
    objects: AtomicU64,
}

/// A running endpoint; ends when dropped.
pub struct Mirror {
    state: Arc<State>,
    pub address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Mirror {
    /// Serves `world` without faults.
    pub fn start(world: World) -> Self {
        Self::with_faults(world, Faults::default())
    }

    /// Serves `world`, misbehaving.
    pub fn with_faults(world: World, faults: Faults) -> Self {
        let state = Arc::new(State {
            world,
            faults,
            asked: Mutex::default(),
            requests: AtomicU64::new(0),
            objects: AtomicU64::new(0),
        });
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let serve = async {
                    loop {
                        let Ok((stream, _)) = listener.accept().await else { continue };
                        let _ = stream.set_nodelay(true);
                        let state = Arc::clone(&shared);
                        tokio::spawn(async move {
                            let service = hyper::service::service_fn(move |request| {
                                let state = Arc::clone(&state);
                                async move { Ok::<_, Infallible>(answer(&state, request).await) }
                            });
                            let connection = hyper::server::conn::http1::Builder::new()
                                .serve_connection(TokioIo::new(stream), service);
                            // A client that goes away is none of the endpoint's business.
                            let _ = connection.await;
                        });
                    }
                };
                tokio::select! {
                    () = serve => {}
                    _ = stopped => {}
                }
            });
        });
        let address = told.recv().unwrap();
        Self { state, address, stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// The environment in which AWS clients find the endpoint.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEFORGE0001".into()),
            ("AWS_SECRET_ACCESS_KEY", "not a secret".into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_DEFAULT_REGION", "us-east-1".into()),
            ("AWS_CONFIG_FILE", "/dev/null".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_PAGER", String::new()),
        ]
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The parts of a query string, decoded.
fn query_of(text: &str) -> BTreeMap<String, String> {
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// `(Region, service)` of the credential scope.
fn scope_of(request: &Request<Incoming>) -> (String, String) {
    let header = request.headers().get("authorization").and_then(|v| v.to_str().ok()).unwrap_or("");
    let scope = header.split("Credential=").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or("");
    let mut parts = scope.split('/').skip(2);
    (parts.next().unwrap_or("").to_owned(), parts.next().unwrap_or("").to_owned())
}

async fn answer(state: &State, request: Request<Incoming>) -> Response<Bytes> {
    let number = state.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let (region, service) = scope_of(&request);
    let target = request.headers().get("x-amz-target").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let query = query_of(request.uri().query().unwrap_or(""));
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let path = percent_encoding::percent_decode_str(&path).decode_utf8_lossy().into_owned();
    let (bucket, key) = path.split_once('/').map_or((path.as_str(), ""), |(bucket, key)| (bucket, key));
    let mut asked = Asked {
        operation: String::new(),
        region,
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        query,
        body: String::new(),
    };
    let throttled = state.faults.slow_down_every.is_some_and(|every| number.is_multiple_of(every));
    match target {
        Some(target) => {
            let operation = target.rsplit('.').next().unwrap_or("").to_owned();
            let service = if target.contains("Organizations") { "organizations" } else { &service };
            asked.operation = format!("{service}:{operation}");
            let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            asked.body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
            note(state, &asked);
            if throttled {
                return aws_json::error(400, "ThrottlingException", "Rate exceeded");
            }
            aws_json::answer(state, &asked)
        }
        None => {
            asked.operation = s3::operation(request.method(), &asked).to_owned();
            if !asked.key.is_empty() {
                tokio::time::sleep(state.faults.latency).await;
            } else if let Some(prefix) = asked.query.get("prefix") {
                asked.key.clone_from(prefix);
            }
            note(state, &asked);
            if throttled {
                return s3::error(503, "SlowDown", "Please reduce your request rate.", &asked);
            }
            s3::answer(state, &request, &asked)
        }
    }
}

fn note(state: &State, asked: &Asked) {
    if !state.faults.forgetful {
        state.asked.lock().unwrap().push(asked.clone());
    }
}
