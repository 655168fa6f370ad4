//! One listener: connections in, requests to the gateway.

use crate::tls;
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use trailward_service::{Body, BodyError, Peer};

/// Connections at a time; further ones wait.
const MOST_CONNECTIONS: usize = 4096;

/// The request line and all headers, bytes. Session tokens are large; nothing else is.
const MOST_HEAD: usize = 64 << 10;

const MOST_HEADERS: usize = 200;

/// How long a client may take to send a request's head, and to shake hands.
const HEAD_TIME: Duration = Duration::from_secs(20);

/// How long open requests may take to end after a shutdown.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Answers requests.
pub(crate) trait Answer: Clone + Send + Sync + 'static {
    /// Answers one.
    fn answer(&self, request: Request<Body>, peer: Peer) -> impl Future<Output = Response<Body>> + Send;
}

impl Answer for trailward_service::Gateway {
    async fn answer(&self, request: Request<Body>, peer: Peer) -> Response<Body> {
        self.handle(request, peer).await
    }
}

/// Serves connections until `stop`, then lets open requests end.
pub(crate) async fn serve<A: Answer>(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    answer: A,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let watcher = graceful.watcher();
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        tokio::spawn(async move {
            let _place = place;
            match acceptor {
                None => connection(stream, address, None, answer, watcher).await,
                Some(acceptor) => {
                    let shaken = tokio::time::timeout(HEAD_TIME, acceptor.accept(stream)).await;
                    let Ok(Ok(stream)) = shaken else {
                        tracing::debug!(%address, "a TLS handshake failed");
                        return;
                    };
                    let details = tls::details(stream.get_ref().1);
                    connection(stream, address, Some(details), answer, watcher).await;
                }
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
}

async fn connection<S, A>(
    stream: S,
    address: SocketAddr,
    tls: Option<trailward_model::TlsDetails>,
    answer: A,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let peer = Peer { address: address.ip(), tls };
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, peer) = (answer.clone(), peer.clone());
        async move {
            // `POST host HTTP/1.1`, `CONNECT host:port`: no path that a signature could vouch for.
            if request.uri().authority().is_some() && request.uri().scheme().is_none() {
                return Ok::<_, Infallible>(small(400, "text/plain; charset=utf-8", "no path\n".into()));
            }
            let waits_in_vain = awaits_leave(&request) && request.body().is_end_stream();
            let request = request.map(|body| body.map_err(BodyError::from).boxed_unsync());
            let mut response = answer.answer(request, peer).await;
            if waits_in_vain {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // A head that is all there is a call, also when its client has gone meanwhile: whether it is performed and
        // recorded must not hang on which of the two is noticed first.
        .half_close(true)
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(serving).await {
        tracing::debug!(%error, %address, "a connection ended early");
    }
}

/// Whether the client waits for `100 Continue` before it sends the body.
///
/// There is none to wait for if the body is empty, and the answer comes at once. botocore takes that for the head of
/// the next answer on the same connection (its `AWSConnection` keeps the status it saw), and finds no `ETag` there. So
/// there is no next one.
fn awaits_leave(request: &Request<Incoming>) -> bool {
    request.headers().get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// A small plain-text answer.
pub(crate) fn small(status: u16, content_type: &'static str, text: String) -> Response<Body> {
    let body = http_body_util::Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
    response
}
