//! One listener: connections in, requests to the gateway.

use crate::limits::{Places, Refusal};
use crate::proxy::{TrustedProxies, protocol};
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
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use trailward_service::{Body, BodyError, Peer};

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

/// Serves connections until `stop`, then lets open requests end. `places` says how many there may be; what `proxies` say
/// about their callers is believed.
pub(crate) async fn serve<A: Answer>(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    answer: A,
    (places, proxies): (Places, Arc<TrustedProxies>),
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            place = places.one() => place,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok(place) = place else { break };
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
        let trusted = proxies.trust(address.ip());
        let place = match place.of(address.ip(), trusted) {
            Ok(place) => place,
            Err(Refusal) => {
                metrics::counter!("trailward_connections_refused_total").increment(1);
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let watcher = graceful.watcher();
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        let proxies = Arc::clone(&proxies);
        tokio::spawn(async move {
            let _place = place;
            let opened = async {
                // Only a trusted proxy's first bytes are looked at; anybody else's are the client's.
                let (source, stream) = if trusted {
                    protocol::accept(stream).await?
                } else {
                    (None, protocol::Prefixed::none(stream))
                };
                let from = source.unwrap_or(address.ip());
                match acceptor {
                    None => Ok((from, Ok(stream))),
                    Some(acceptor) => Ok((from, Err(acceptor.accept(stream).await?))),
                }
            };
            let opened: Result<std::io::Result<_>, _> = tokio::time::timeout(HEAD_TIME, opened).await;
            match opened {
                Ok(Ok((from, Ok(stream)))) => {
                    connection(stream, (from, proxies), None, answer, watcher).await;
                }
                Ok(Ok((from, Err(stream)))) => {
                    let details = tls::details(stream.get_ref().1);
                    connection(stream, (from, proxies), Some(details), answer, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, %address, "a connection did not begin well"),
                Err(_) => tracing::debug!(%address, "a connection did not begin in time"),
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
}

async fn connection<S, A>(
    stream: S,
    (address, proxies): (IpAddr, Arc<TrustedProxies>),
    tls: Option<trailward_model::TlsDetails>,
    answer: A,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, tls, proxies) = (answer.clone(), tls.clone(), Arc::clone(&proxies));
        async move {
            let Ok(caller) = proxies.caller(address, request.headers()) else {
                metrics::counter!("trailward_callers_untold_total").increment(1);
                let text = "the headers contradict each other about where the request comes from\n";
                return Ok::<_, Infallible>(small(400, "text/plain; charset=utf-8", text.into()));
            };
            let peer = Peer { address: caller, tls };
            // `POST host HTTP/1.1`, `CONNECT host:port`: no path that a signature could vouch for.
            if request.uri().authority().is_some() && request.uri().scheme().is_none() {
                return Ok(small(400, "text/plain; charset=utf-8", "no path\n".into()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    /// Says who called.
    #[derive(Clone)]
    struct Echo;

    impl Answer for Echo {
        async fn answer(&self, _: Request<Body>, peer: Peer) -> Response<Body> {
            small(200, "text/plain", peer.address.to_string())
        }
    }

    async fn listening(proxies: &str) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let networks = proxies.split_terminator(',').map(|network| network.parse().unwrap()).collect();
        let proxies = Arc::new(TrustedProxies::new(networks).unwrap());
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, None, Echo, (Places::new(8), proxies), stopped));
        (address, stop)
    }

    /// What the service answers to these bytes: the status and the body.
    async fn ask(address: SocketAddr, bytes: &[u8]) -> (String, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, body.trim().to_owned())
    }

    fn request(headers: &str) -> Vec<u8> {
        format!("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n{headers}\r\n").into_bytes()
    }

    fn said(who: &str) -> (String, String) {
        ("200".to_owned(), who.to_owned())
    }

    const V1: &[u8] = b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n";
    const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x0a\0\0\x01\x12\x34\x01\xbb";

    #[tokio::test]
    async fn a_trusted_proxy_is_believed() {
        let (address, _stop) = listening("127.0.0.0/8").await;
        assert_eq!(ask(address, &request("")).await, said("127.0.0.1"));
        let forged = "x-forwarded-for: 6.6.6.6\r\nx-forwarded-for: 203.0.113.9\r\n";
        assert_eq!(ask(address, &request(forged)).await, said("203.0.113.9"));
        assert_eq!(ask(address, &request("forwarded: for=203.0.113.9\r\n")).await, said("203.0.113.9"));
        for header in [V1, V2] {
            assert_eq!(ask(address, &[header, &request("")].concat()).await, said("203.0.113.9"));
            // Whom the proxy names is no proxy, so nobody believes what that one says.
            let forged = [header, &request("x-forwarded-for: 6.6.6.6\r\n")].concat();
            assert_eq!(ask(address, &forged).await, said("203.0.113.9"));
        }
        let contradiction = "x-forwarded-for: 203.0.113.9\r\nforwarded: for=6.6.6.6\r\n";
        assert_eq!(ask(address, &request(contradiction)).await.0, "400");
        let (status, _) = ask(address, b"PROXY nonsense\r\nGET / HTTP/1.1\r\n\r\n").await;
        assert_eq!(status, "", "a broken header ends the connection");
    }

    #[tokio::test]
    async fn nobody_else_is() {
        for proxies in ["", "10.0.0.0/8"] {
            let (address, _stop) = listening(proxies).await;
            let forged = "x-forwarded-for: 203.0.113.9\r\nforwarded: for=203.0.113.9\r\n";
            assert_eq!(ask(address, &request(forged)).await, said("127.0.0.1"));
            assert_eq!(ask(address, &request("forwarded: for=\"\r\n")).await, said("127.0.0.1"));
            for header in [V1, V2] {
                let (_, body) = ask(address, &[header, &request("")].concat()).await;
                assert_ne!(body, "203.0.113.9");
            }
        }
    }

    #[tokio::test]
    async fn one_address_cannot_take_every_place() {
        let (address, _stop) = listening("").await;
        let mut idle = Vec::new();
        for _ in 0..4 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // Its head never ends; one answered byte is not needed to hold the place.
            stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
            idle.push(stream);
        }
        let mut refused = TcpStream::connect(address).await.unwrap();
        let mut byte = [0];
        assert!(matches!(refused.read(&mut byte).await, Ok(0) | Err(_)), "it is closed");
        drop(idle);
        // Its places are free again once the service noticed that it has gone.
        loop {
            if ask(address, &request("")).await == said("127.0.0.1") {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
