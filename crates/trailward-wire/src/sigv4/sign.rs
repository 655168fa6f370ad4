//! Signing requests: for the tool's own calls and for tests.

use super::SignatureError;
use super::canonical::{self, PathStyle};
use super::verify::{SigningSecret, signature};
use http::HeaderValue;
use http::request::Parts;
use time::OffsetDateTime;
use trailward_model::stamp;

/// Who signs.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// Its secret.
    pub secret: SigningSecret,
    /// For temporary credentials.
    pub session_token: Option<String>,
}

/// What is signed for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The Region called.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
}

/// Signs a request that has its `host` header: adds date, token and `Authorization`, and for S3 the payload hash.
/// `payload_hash` is the body's SHA-256 or one of S3's constants. Every header present is signed.
pub fn sign(
    parts: &mut Parts,
    payload_hash: &str,
    credentials: &Credentials,
    scope: Scope<'_>,
    now: OffsetDateTime,
) -> Result<(), SignatureError> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| SignatureError::DoesNotMatch);
    let style = if scope.service == "s3" { PathStyle::S3 } else { PathStyle::Normalised };
    parts.headers.insert("x-amz-date", value(&stamp::basic(now))?);
    if let Some(token) = &credentials.session_token {
        parts.headers.insert("x-amz-security-token", value(token)?);
    }
    if style == PathStyle::S3 {
        parts.headers.insert("x-amz-content-sha256", value(payload_hash)?);
    }
    let mut signed: Vec<String> = parts.headers.keys().map(|name| name.as_str().to_owned()).collect();
    signed.sort();
    let headers = canonical::headers(parts, &signed)?;
    let query = canonical::query(parts.uri.query().unwrap_or(""));
    let path = canonical::paths(parts.uri.path(), style).into_iter().next().unwrap_or_default();
    let list = signed.join(";");
    let request = format!("{}\n{path}\n{query}\n{headers}\n{list}\n{payload_hash}", parts.method);
    let date = stamp::basic_date(now);
    let signature = signature(&credentials.secret, &date, scope.region, scope.service, now, &request);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{date}/{}/{}/aws4_request, SignedHeaders={list}, Signature={signature}",
        credentials.access_key_id, scope.region, scope.service
    );
    parts.headers.insert("authorization", value(&authorization)?);
    Ok(())
}
