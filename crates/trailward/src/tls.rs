//! TLS: certificates from files, or one of our own making.

use crate::config::Tls;
use anyhow::{Context as _, Result, bail};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use trailward_model::TlsDetails;

/// Where the self-signed certificate is.
pub(crate) fn self_signed_certificate(data: &Path) -> PathBuf {
    data.join("tls").join("certificate.pem")
}

/// The acceptor for `tls`; `None` for plain HTTP.
pub(crate) fn acceptor(tls: &Tls, data: &Path) -> Result<Option<TlsAcceptor>> {
    let (certificate, key) = match tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => (certificate.clone(), key.clone()),
        Tls::SelfSigned => ensure_self_signed(data)?,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("cannot read certificates from {}", certificate.display()))?;
    if chain.is_empty() {
        bail!("{} holds no certificate", certificate.display());
    }
    let private = PrivateKeyDer::from_pem_file(&key)
        .with_context(|| format!("cannot read a private key from {}", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("no TLS versions")?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .context("certificate and key do not belong together")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn ensure_self_signed(data: &Path) -> Result<(PathBuf, PathBuf)> {
    let certificate = self_signed_certificate(data);
    let dir = data.join("tls");
    let key = dir.join("key.pem");
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    std::fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(&dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let made = rcgen::generate_simple_self_signed(names).context("cannot make a certificate")?;
    write_private(&key, &made.signing_key.serialize_pem())?;
    write_private(&certificate, &made.cert.pem())?;
    Ok((certificate, key))
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = opened.with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", path.display()))
}

/// `tlsDetails` of a connection; the host is added for each request.
pub(crate) fn details(connection: &rustls::ServerConnection) -> TlsDetails {
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => Some("TLSv1.2"),
        Some(rustls::ProtocolVersion::TLSv1_3) => Some("TLSv1.3"),
        _ => None,
    };
    let suite = connection.negotiated_cipher_suite().map(|suite| {
        let name = suite.suite().as_str().unwrap_or("unknown");
        name.replace("TLS13_", "TLS_")
    });
    TlsDetails {
        tls_version: version.map(str::to_owned),
        cipher_suite: suite,
        key_exchange: connection
            .negotiated_key_exchange_group()
            .and_then(|group| group.name().as_str().map(str::to_owned)),
        ..TlsDetails::default()
    }
}
