//! A small AWS client: signs like any other, over HTTP or straight into the gateway.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use time::OffsetDateTime;
use tokio::net::TcpStream;
use trailward_model::{Clock as _, SystemClock};
use trailward_service::{Gateway, Peer};
use trailward_wire::sigv4::{Credentials, Scope, sha256_hex, sign};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// How requests get there.
#[derive(Debug, Clone)]
pub(crate) enum Transport {
    /// Over the network, plain HTTP.
    Http(SocketAddr),
    /// Within the process, for the first start.
    Gateway(Gateway),
}

/// A caller with its key and Region.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub transport: Transport,
    pub credentials: Credentials,
    pub region: String,
}

/// An answer, all there.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answered {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The error's code, from whatever the body is.
    pub(crate) fn error_code(&self) -> String {
        let text = self.text();
        if let Ok(json) = serde_json::from_str::<Value>(&text) {
            return json.get("__type").and_then(Value::as_str).unwrap_or("").to_owned();
        }
        let rest = text.split_once("<Code>").map_or("", |(_, rest)| rest);
        rest.split_once("</Code>").map_or("", |(code, _)| code).to_owned()
    }

    /// Itself if the call succeeded.
    pub(crate) fn expect_success(self, what: &str) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        bail!("{what} was answered {} {}: {}", self.status, self.error_code(), self.text())
    }
}

impl Client {
    /// An awsJson 1.1 call to CloudTrail.
    pub(crate) async fn cloudtrail(&self, operation: &str, input: &Value) -> Result<Answered> {
        let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        self.send("cloudtrail", "POST", "/", &headers, Bytes::from(input.to_string())).await
    }

    /// A Query call.
    pub(crate) async fn query(
        &self,
        service: &str,
        version: &str,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Answered> {
        let mut body = format!("Action={operation}&Version={version}");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", utf8_percent_encode(value, UNRESERVED)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        self.send(service, "POST", "/", &headers, Bytes::from(body)).await
    }

    /// An S3 call. `query` is as it goes on the wire.
    pub(crate) async fn s3(
        &self,
        method: &str,
        bucket: &str,
        key: &str,
        query: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answered> {
        let key = utf8_percent_encode(key, PATH);
        let slash = if bucket.is_empty() { "" } else { "/" };
        let mark = if query.is_empty() { "" } else { "?" };
        let uri = match key.to_string().as_str() {
            "" => format!("{slash}{bucket}{mark}{query}"),
            key => format!("{slash}{bucket}/{key}{mark}{query}"),
        };
        let uri = if uri.starts_with('/') { uri } else { format!("/{uri}") };
        self.send("s3", method, &uri, headers, body).await
    }

    async fn send(
        &self,
        service: &str,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answered> {
        let host = match &self.transport {
            Transport::Http(address) => address.to_string(),
            Transport::Gateway(_) => "localhost".to_owned(),
        };
        let mut builder = Request::builder()
            .method(method)
            .uri(uri)
            .header("host", host)
            .header("user-agent", concat!("trailward/", env!("CARGO_PKG_VERSION")))
            .header("content-length", body.len());
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let (mut parts, ()) = builder.body(()).context("the request cannot be built")?.into_parts();
        let scope = Scope { region: &self.region, service };
        sign(&mut parts, &sha256_hex(&body), &self.credentials, scope, now())
            .map_err(|error| anyhow::anyhow!("the request cannot be signed: {error:?}"))?;
        let request = Request::from_parts(parts, Full::new(body));
        match &self.transport {
            Transport::Http(address) => over_http(*address, request).await,
            Transport::Gateway(gateway) => {
                let request = request.map(|body| body.map_err(|never| match never {}).boxed_unsync());
                let peer = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None };
                let (head, body) = gateway.handle(request, peer).await.into_parts();
                let body =
                    body.collect().await.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?;
                Ok(Answered { status: head.status.as_u16(), headers: head.headers, body: body.to_bytes() })
            }
        }
    }
}

async fn over_http(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Answered> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.context("no HTTP connection")?;
    let driver = tokio::spawn(connection);
    let response: Response<_> = sender.send_request(request).await.context("no answer")?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.context("the answer broke off")?.to_bytes();
    driver.abort();
    Ok(Answered { status: head.status.as_u16(), headers: head.headers, body })
}

fn now() -> OffsetDateTime {
    SystemClock.now()
}
