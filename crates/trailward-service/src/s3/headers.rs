//! Condition keys that S3 requests bring: for policies.
//!
//! Source: Service Authorization Reference, "Condition keys for Amazon S3".

use super::lock;
use http::request::Parts;
use s3s::dto::CopySource;
use time::OffsetDateTime;
use trailward_policy::Context;
use trailward_wire::sigv4::{Presented, SignatureKind};

/// Headers that policies see under their own name.
const HEADERS: &[&str] = &[
    "x-amz-acl",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-content-sha256",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-object-ownership",
    "if-match",
    "if-none-match",
];

/// Query parameters that policies see, and under which name.
const PARAMETERS: &[(&str, &str)] = &[
    ("prefix", "s3:prefix"),
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("versionId", "s3:VersionId"),
];

/// Adds the request's own keys to `context`.
pub(crate) fn add(context: &mut Context, parts: &Parts, presented: Option<&Presented>, now: OffsetDateTime) {
    for name in HEADERS {
        if let Some(value) = parts.headers.get(*name).and_then(|v| v.to_str().ok()) {
            context.set(&format!("s3:{name}"), value);
        }
    }
    let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(source) = text("x-amz-copy-source") {
        context.set("s3:x-amz-copy-source", copy_source(source));
    }
    if let Some(mode) = text(lock::MODE) {
        context.set("s3:object-lock-mode", mode);
    }
    if let Some(hold) = text(lock::LEGAL_HOLD) {
        context.set("s3:object-lock-legal-hold", hold);
    }
    if let Some(until) = text(lock::RETAIN_UNTIL).and_then(lock::moment) {
        lock::add_until(context, until, now);
    }
    if let Some(tagging) = parts.headers.get("x-amz-tagging").and_then(|v| v.to_str().ok()) {
        let pairs = pairs(tagging);
        context.set_multi("s3:RequestObjectTagKeys", pairs.iter().map(|(key, _)| key.clone()));
        for (key, value) in pairs {
            context.set(&format!("s3:RequestObjectTag/{key}"), value);
        }
    }
    for (name, value) in pairs(parts.uri.query().unwrap_or("")) {
        if let Some((_, key)) = PARAMETERS.iter().find(|(parameter, _)| *parameter == name) {
            context.set(key, value);
        }
    }
    if let Some(payer) = text("x-amz-request-payer") {
        context.set("trailward:request-payer", payer.trim());
    }
    if let Some(presented) = presented {
        let kind = match presented.kind {
            SignatureKind::Header => "REST-HEADER",
            SignatureKind::Presigned { .. } => "REST-QUERY-STRING",
            SignatureKind::Form => "POST",
        };
        context.set("s3:authType", kind);
        context.set("s3:signatureversion", "AWS4-HMAC-SHA256");
    }
}

/// What a copy's source means, however it is spelled: `BUCKET/KEY`. Read as the copy itself reads it; what that refuses
/// stays as it is.
fn copy_source(header: &str) -> String {
    match CopySource::parse(header) {
        Ok(CopySource::Bucket { bucket, key, .. }) => format!("{bucket}/{key}"),
        _ => header.to_owned(),
    }
}

/// `name=value&…`, decoded; what is not UTF-8 is replaced.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::copy_source;

    #[test]
    fn one_source_has_one_name() {
        for spelled in ["logs/a b", "/logs/a b", "logs/a%20b", "%2Flogs%2Fa%20b", "/logs%2Fa%20b?versionId=x"]
        {
            assert_eq!(copy_source(spelled), "logs/a b", "{spelled}");
        }
    }
}
