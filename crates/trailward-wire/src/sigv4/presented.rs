//! The signature parts of a request, as the client presents them.

use super::SignatureError;
use http::HeaderMap;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use time::{Duration, OffsetDateTime};
use trailward_model::stamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const MAX_PRESIGN_SECONDS: u32 = 604_800;

/// Where the signature was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// In the `Authorization` header.
    Header,
    /// In the query string; valid for this long after its date.
    Presigned {
        /// At most seven days.
        expires: Duration,
    },
    /// In a browser form, over the form's policy, which says until when it holds.
    Form,
}

/// What the client says about its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayloadHash {
    /// No `x-amz-content-sha256`: the hash of the body is meant.
    Absent,
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// `STREAMING-…`: chunks follow, signed or with a trailer.
    Streaming(String),
    /// 64 hexadecimal digits.
    Sha256(String),
}

/// The signature parts of a request. Nothing in it is trusted before [`Presented::verify`].
#[derive(Debug, Clone)]
pub struct Presented {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The scope's date, `YYYYMMDD`.
    pub scope_date: String,
    /// The scope's Region.
    pub region: String,
    /// The scope's service.
    pub service: String,
    /// Lower-case names, as listed.
    pub signed_headers: Vec<String>,
    /// 64 lower-case hexadecimal digits.
    pub signature: String,
    /// When the client signed.
    pub date: OffsetDateTime,
    /// The session token, for temporary credentials.
    pub session_token: Option<String>,
    /// Header or query.
    pub kind: SignatureKind,
    /// What is said about the body.
    pub payload: PayloadHash,
}

/// Reads the signature parts. `Ok(None)` for a request that carries no signature at all.
pub fn present(parts: &Parts) -> Result<Option<Presented>, SignatureError> {
    let query = parts.uri.query().unwrap_or("");
    let authorization = single(&parts.headers, "authorization")?;
    let presigned = query_value(query, "X-Amz-Algorithm")?.is_some()
        || query_value(query, "X-Amz-Signature")?.is_some()
        || query_value(query, "X-Amz-Credential")?.is_some();
    match (authorization, presigned) {
        (Some(_), true) => Err(SignatureError::Ambiguous),
        (Some(value), false) => from_header(parts, value).map(Some),
        (None, true) => from_query(parts, query).map(Some),
        (None, false) => {
            // Signature Version 2 in a query string.
            let v2 =
                query_value(query, "AWSAccessKeyId")?.is_some() && query_value(query, "Signature")?.is_some();
            if v2 { Err(SignatureError::UnsupportedAlgorithm) } else { Ok(None) }
        }
    }
}

fn from_header(parts: &Parts, value: &str) -> Result<Presented, SignatureError> {
    let Some((algorithm, rest)) = value.split_once(' ') else {
        return Err(SignatureError::Incomplete(
            "Authorization header requires an algorithm and parameters.".into(),
        ));
    };
    if algorithm != ALGORITHM {
        return Err(SignatureError::UnsupportedAlgorithm);
    }
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let Some((name, value)) = part.trim().split_once('=') else {
            return Err(SignatureError::Incomplete(format!(
                "'{}' not a valid key=value pair (missing equal-sign) in Authorization header.",
                short(part.trim())
            )));
        };
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => {
                return Err(SignatureError::Incomplete(format!(
                    "Authorization header has an unknown parameter '{}'.",
                    short(name)
                )));
            }
        };
        if slot.replace(value).is_some() {
            return Err(SignatureError::Incomplete(format!(
                "Authorization header has the parameter '{name}' twice."
            )));
        }
    }
    let missing =
        |name: &str| SignatureError::Incomplete(format!("Authorization header requires '{name}' parameter."));
    let credential = credential.ok_or_else(|| missing("Credential"))?;
    let signed = signed.ok_or_else(|| missing("SignedHeaders"))?;
    let signature = signature.ok_or_else(|| missing("Signature"))?;
    let date = match (single(&parts.headers, "x-amz-date")?, single(&parts.headers, "date")?) {
        (Some(text), _) => stamp::parse_basic(text),
        (None, Some(text)) => stamp::parse_basic(text).or_else(|| stamp::parse_rfc2822(text)),
        (None, None) => {
            return Err(SignatureError::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
            ));
        }
    };
    let date =
        date.ok_or_else(|| SignatureError::Incomplete("Date must be in ISO-8601 'basic format'.".into()))?;
    let payload = match single(&parts.headers, "x-amz-content-sha256")? {
        None => PayloadHash::Absent,
        Some(text) => payload_hash(text)?,
    };
    assemble(credential, signed, signature, date, token(parts)?, SignatureKind::Header, payload)
}

fn from_query(parts: &Parts, query: &str) -> Result<Presented, SignatureError> {
    let need = |name: &'static str| query_value(query, name)?.ok_or(SignatureError::QueryIncomplete(name));
    if need("X-Amz-Algorithm")? != ALGORITHM {
        return Err(SignatureError::UnsupportedAlgorithm);
    }
    let credential = need("X-Amz-Credential")?;
    let signature = need("X-Amz-Signature")?;
    let date = stamp::parse_basic(&need("X-Amz-Date")?).ok_or(SignatureError::QueryInvalid(
        "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    ))?;
    let signed = need("X-Amz-SignedHeaders")?;
    let expires: u32 = need("X-Amz-Expires")?
        .parse()
        .map_err(|_| SignatureError::QueryInvalid("X-Amz-Expires should be a number"))?;
    if expires > MAX_PRESIGN_SECONDS {
        return Err(SignatureError::QueryInvalid(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    let in_query = query_value(query, "X-Amz-Security-Token")?;
    let session_token = match (in_query, token(parts)?) {
        (Some(_), Some(_)) => return Err(SignatureError::Ambiguous),
        (Some(token), None) => Some(token),
        (None, header) => header,
    };
    let payload = match single(&parts.headers, "x-amz-content-sha256")? {
        Some(text) => payload_hash(text)?,
        None => match query_value(query, "X-Amz-Content-Sha256")? {
            Some(text) => payload_hash(&text)?,
            None => PayloadHash::Absent,
        },
    };
    let kind = SignatureKind::Presigned { expires: Duration::seconds(i64::from(expires)) };
    assemble(&credential, &signed, &signature, date, session_token, kind, payload)
}

fn token(parts: &Parts) -> Result<Option<String>, SignatureError> {
    Ok(single(&parts.headers, "x-amz-security-token")?.map(str::to_owned))
}

pub(super) fn assemble(
    credential: &str,
    signed: &str,
    signature: &str,
    date: OffsetDateTime,
    session_token: Option<String>,
    kind: SignatureKind,
    payload: PayloadHash,
) -> Result<Presented, SignatureError> {
    let fields: Vec<&str> = credential.split('/').collect();
    let [access_key_id, scope_date, region, service, "aws4_request"] = *fields.as_slice() else {
        return Err(SignatureError::BadCredential(short(credential)));
    };
    let named =
        |text: &str| !text.is_empty() && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic());
    if !named(access_key_id) || !named(region) || !named(service) {
        return Err(SignatureError::BadCredential(short(credential)));
    }
    let signed_headers: Vec<String> = signed.split(';').map(str::to_owned).collect();
    let lower = |name: &String| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase());
    if !signed_headers.iter().all(lower) || !signed_headers.is_sorted() || signed_headers.len() > 100 {
        return Err(SignatureError::DoesNotMatch);
    }
    if signature.len() != 64 || !signature.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(SignatureError::DoesNotMatch);
    }
    Ok(Presented {
        access_key_id: access_key_id.to_owned(),
        scope_date: scope_date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers,
        signature: signature.to_owned(),
        date,
        session_token,
        kind,
        payload,
    })
}

fn payload_hash(text: &str) -> Result<PayloadHash, SignatureError> {
    match text {
        "UNSIGNED-PAYLOAD" => Ok(PayloadHash::Unsigned),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        | "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(PayloadHash::Streaming(text.to_owned())),
        hex if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Ok(PayloadHash::Sha256(hex.to_owned()))
        }
        _ => Err(SignatureError::BadPayloadHash),
    }
}

/// The value of a header that may come once.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(SignatureError::Ambiguous);
    }
    first.map(|value| value.to_str().map_err(|_| SignatureError::DoesNotMatch)).transpose()
}

/// The value of a query parameter that may come once, decoded.
fn query_value(query: &str, name: &'static str) -> Result<Option<String>, SignatureError> {
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if key == name {
            let value = percent_decode_str(value).decode_utf8().map_err(|_| SignatureError::DoesNotMatch)?;
            if found.replace(value.into_owned()).is_some() {
                return Err(SignatureError::Ambiguous);
            }
        }
    }
    Ok(found)
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
