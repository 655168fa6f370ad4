//! The head of a request as `s3s` gets to see it: who calls is proven, and bodies are plain by then.

use super::headers::pairs;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Query parameters of a signature.
const SIGNATURE: &[&str] = &[
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Headers that `s3s` need not see: it would check again what was checked, or refuse what S3 accepts. Operations read
/// them from [`super::call::S3Call::header`].
const UNSEEN: &[&str] = &[
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "x-amz-bypass-governance-retention",
    "x-amz-content-sha256",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since",
    "x-amz-decoded-content-length",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key-md5",
    "x-amz-trailer",
];

/// A presigned request's headers may be in its query; they mean the same there.
pub(crate) fn with_hoisted(mut parts: Parts) -> Parts {
    for (name, value) in pairs(parts.uri.query().unwrap_or("")) {
        let lower = name.to_ascii_lowercase();
        if !lower.starts_with("x-amz-") || SIGNATURE.contains(&&*lower) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(lower), HeaderValue::try_from(value)) {
            parts.headers.entry(name).or_insert(value);
        }
    }
    parts
}

/// The framing of a body is no property of the object.
pub(crate) fn without_framing(mut parts: Parts) -> Parts {
    let encoding = parts.headers.get("content-encoding").and_then(|value| value.to_str().ok());
    if let Some(encoding) = encoding.filter(|encoding| encoding.contains("aws-chunked")) {
        let kept: Vec<&str> =
            encoding.split(',').map(str::trim).filter(|c| *c != "aws-chunked" && !c.is_empty()).collect();
        match HeaderValue::try_from(kept.join(",")) {
            Ok(value) if !value.is_empty() => parts.headers.insert("content-encoding", value),
            _ => parts.headers.remove("content-encoding"),
        };
    }
    parts
}

/// The same request, path style, without signature and framing.
pub(crate) fn for_reader(parts: &Parts, prefix: Option<&str>, length: Option<u64>) -> Parts {
    let mut plain = parts.clone();
    plain.uri = uri(&parts.uri, prefix).unwrap_or_default();
    let mut headers = HeaderMap::with_capacity(parts.headers.len());
    for (name, value) in &parts.headers {
        if !UNSEEN.contains(&name.as_str()) {
            headers.append(name.clone(), value.clone());
        }
    }
    if let Some(length) = length {
        headers.insert("content-length", HeaderValue::from(length));
    }
    plain.headers = headers;
    plain
}

fn uri(given: &Uri, prefix: Option<&str>) -> Option<Uri> {
    let path = match prefix {
        Some(bucket) => format!("/{bucket}{}", given.path()),
        None => given.path().to_owned(),
    };
    let query: Vec<&str> = given.query().unwrap_or("").split('&').filter(|pair| !is_header(pair)).collect();
    let text = match query.join("&") {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    };
    Some(Uri::from(PathAndQuery::try_from(text).ok()?))
}

/// Whether a query parameter stands for a header, or belongs to the signature.
fn is_header(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}
