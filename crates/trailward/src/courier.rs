//! Brings the messages of topics to HTTP endpoints.
//!
//! Whoever may subscribe can make this process open connections. So addresses that only this machine or its network can
//! reach are refused, unless the operator names their networks; and the address that was looked at is the one that is
//! connected to, whatever the name resolves to a moment later.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::pki_types::ServerName;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use trailward_topic::{Courier, Parcel, Undelivered};

/// How long an endpoint may take to answer, as SNS's.
const TIME: Duration = Duration::from_secs(15);

/// Posts over HTTP and HTTPS.
#[derive(Debug)]
pub(crate) struct HttpCourier {
    networks: Vec<IpNet>,
    tls: Option<Arc<rustls::ClientConfig>>,
}

fn passing(why: impl Into<String>) -> Undelivered {
    Undelivered { is_final: false, why: why.into() }
}

fn lasting(why: impl Into<String>) -> Undelivered {
    Undelivered { is_final: true, why: why.into() }
}

impl HttpCourier {
    /// Posts to public addresses and those in `networks`, trusting the certificates that the system trusts (or
    /// `SSL_CERT_FILE`).
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self { networks, tls: trust() }
    }

    async fn send(&self, parcel: Parcel) -> Result<(), Undelivered> {
        let uri: Uri = parcel.url.parse().map_err(|_| lasting("the endpoint is not a URL"))?;
        let host = uri.host().ok_or_else(|| lasting("the endpoint names no host"))?.to_owned();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let address = self.address(host, port).await?;
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| passing(format!("cannot connect to {address}: {error}")))?;
        let request = request(&uri, parcel)?;
        if !secure {
            return exchange(stream, request).await;
        }
        let config = self.tls.clone().ok_or_else(|| lasting("this system trusts no certificates at all"))?;
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| lasting("the host has no valid name"))?;
        let stream = TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| passing(format!("no secure connection to {address}: {error}")))?;
        exchange(stream, request).await
    }

    /// The first address of `host` that may be connected to.
    async fn address(&self, host: &str, port: u16) -> Result<SocketAddr, Undelivered> {
        let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((host, port))
                .await
                .map_err(|error| passing(format!("{host} cannot be resolved: {error}")))?
                .collect(),
        };
        let Some(first) = found.first() else {
            return Err(passing(format!("{host} has no address")));
        };
        found.iter().find(|address| self.may_reach(address.ip())).copied().ok_or_else(|| {
            lasting(format!(
                "{} is not a public address: to allow it, add its network to notification_networks",
                first.ip()
            ))
        })
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        tokio::time::timeout(TIME, self.send(parcel))
            .await
            .unwrap_or_else(|_| Err(passing(format!("no answer in {} seconds", TIME.as_secs()))))
    }
}

/// The system's certificates; `None` if it has none.
fn trust() -> Option<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    if roots.is_empty() {
        return None;
    }
    Some(Arc::new(config.ok()?.with_root_certificates(roots).with_no_client_auth()))
}

fn request(uri: &Uri, parcel: Parcel) -> Result<Request<Full<Bytes>>, Undelivered> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let mut builder = Request::builder().method("POST").uri(path).header("host", host);
    for (name, value) in &parcel.headers {
        builder = builder.header(*name, value);
    }
    builder
        .header("content-length", parcel.body.len())
        .header("connection", "close")
        .body(Full::new(Bytes::from(parcel.body)))
        .map_err(|error| lasting(format!("the request cannot be made: {error}")))
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(), Undelivered>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| passing(format!("no answer: {error}"));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(failed);
    // Only the head counts; what else the endpoint says is not read.
    driver.abort();
    let status = answer?.status();
    let why = format!("the endpoint answered {status}");
    match status.as_u16() {
        200..300 => Ok(()),
        429 | 500.. | 0..200 => Err(passing(why)),
        _ => Err(lasting(why)),
    }
}

/// Whether an address means the same machine everywhere (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmarking = a == 198 && (b & 0xfe) == 18;
    let protocols = (a, b, c) == (192, 0, 0);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || shared
        || benchmarking
        || protocols
        || a == 0
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments {
        // The IPv4 address behind a translator.
        return is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    // Global unicast is 2000::/3; documentation, Teredo and 6to4 aside, which lead elsewhere.
    (segments[0] & 0xe000) == 0x2000
        && segments[0] != 0x2002
        && !(segments[0] == 0x2001 && (segments[1] == 0xdb8 || segments[1] < 0x200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_reached_only_if_named() {
        let courier = HttpCourier { networks: vec!["10.1.0.0/16".parse().unwrap()], tls: None };
        let reach = |text: &str| courier.may_reach(text.parse().unwrap());
        for public in ["8.8.8.8", "2600:1f18::1", "10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::808:808"] {
            assert!(reach(public), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.2.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!reach(private), "{private}");
        }
    }

    #[tokio::test]
    async fn refusals_say_what_to_do() {
        let courier = HttpCourier { networks: Vec::new(), tls: None };
        let post = |url: &str| {
            let parcel = Parcel { url: url.into(), headers: Vec::new(), body: String::new() };
            courier.post(parcel)
        };
        let refused = post("http://127.0.0.1:1/").await.unwrap_err();
        assert!(refused.is_final && refused.why.contains("notification_networks"), "{refused}");
        let refused = post("http://[::1]:1/").await.unwrap_err();
        assert!(refused.is_final && refused.why.contains("::1"), "{refused}");
        assert!(post("http:///").await.unwrap_err().is_final);
    }
}
