//! From a secret to a signature, and the comparison.

use super::canonical::{self, PathStyle};
use super::{PayloadHash, Presented, SignatureError, SignatureKind};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use http::request::Parts;
use std::fmt;
use time::{Duration, OffsetDateTime};
use trailward_model::stamp;

const MAX_SKEW: Duration = Duration::minutes(15);

/// A secret access key. Its text never appears in `Debug` output.
#[derive(Clone)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// Wraps a secret access key.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The text, for the one who signs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

pub(super) fn mac(key: &[u8], text: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
}

impl Presented {
    /// Checks everything that needs no secret: the scope's form, the dates, the expiry.
    pub fn check_dates(&self, now: OffsetDateTime) -> Result<(), SignatureError> {
        if self.scope_date != stamp::basic_date(self.date) {
            return Err(SignatureError::ScopeDate {
                scope: self.scope_date.clone(),
                request: stamp::basic_date(self.date),
            });
        }
        let age = now - self.date;
        match self.kind {
            SignatureKind::Header if age.abs() > MAX_SKEW => {
                Err(SignatureError::Skewed { request: self.date, server: now })
            }
            SignatureKind::Presigned { .. } | SignatureKind::Form if -age > MAX_SKEW => {
                Err(SignatureError::NotYetValid { request: self.date, server: now })
            }
            SignatureKind::Presigned { expires } if age > expires => Err(SignatureError::PresignExpired {
                expires,
                at: self.date.saturating_add(expires),
                server: now,
            }),
            _ => Ok(()),
        }
    }

    /// Recomputes the signature and compares it in constant time.
    ///
    /// `body_hash` is the SHA-256 of the body where the protocol demands one (every service but S3, whose payload
    /// is checked as it streams). Call [`Presented::check_dates`] as well; neither implies the other.
    pub fn verify(
        &self,
        parts: &Parts,
        style: PathStyle,
        secret: &SigningSecret,
        body_hash: Option<&str>,
    ) -> Result<(), SignatureError> {
        let payload = match (body_hash, &self.payload) {
            (Some(hash), PayloadHash::Sha256(claimed)) if !claimed.eq_ignore_ascii_case(hash) => {
                return Err(SignatureError::DoesNotMatch);
            }
            (Some(hash), _) => hash.to_owned(),
            (None, PayloadHash::Sha256(text) | PayloadHash::Streaming(text)) => text.clone(),
            (None, PayloadHash::Unsigned) => "UNSIGNED-PAYLOAD".to_owned(),
            (None, PayloadHash::Absent) => match self.kind {
                SignatureKind::Presigned { .. } => "UNSIGNED-PAYLOAD".to_owned(),
                SignatureKind::Header | SignatureKind::Form => {
                    return Err(SignatureError::PayloadHashMissing);
                }
            },
        };
        let headers = canonical::headers(parts, &self.signed_headers)?;
        let query = canonical::query(parts.uri.query().unwrap_or(""));
        for path in canonical::paths(parts.uri.path(), style) {
            let request = format!(
                "{}\n{path}\n{query}\n{headers}\n{}\n{payload}",
                parts.method,
                self.signed_headers.join(";"),
            );
            let expected =
                signature(secret, &self.scope_date, &self.region, &self.service, self.date, &request);
            if verify_slices_are_equal(expected.as_bytes(), self.signature.as_bytes()).is_ok() {
                return Ok(());
            }
        }
        Err(SignatureError::DoesNotMatch)
    }
}

/// The signature of a canonical request, lower-case hexadecimal.
pub(super) fn signature(
    secret: &SigningSecret,
    scope_date: &str,
    region: &str,
    service: &str,
    date: OffsetDateTime,
    canonical_request: &str,
) -> String {
    let scope = format!("{scope_date}/{region}/{service}/aws4_request");
    let hash = sha256_hex(canonical_request.as_bytes());
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hash}", stamp::basic(date));
    hex::encode(mac(signing_key(secret, scope_date, region, service).as_ref(), to_sign.as_bytes()))
}

pub(super) fn signing_key(
    secret: &SigningSecret,
    scope_date: &str,
    region: &str,
    service: &str,
) -> hmac::Tag {
    let key = mac(format!("AWS4{}", secret.expose()).as_bytes(), scope_date.as_bytes());
    let key = mac(key.as_ref(), region.as_bytes());
    let key = mac(key.as_ref(), service.as_bytes());
    mac(key.as_ref(), b"aws4_request")
}
