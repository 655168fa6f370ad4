//! What a bucket's access log says of a request.
//!
//! Source: S3 User Guide, "Amazon S3 server access log format".

use crate::audit::Trace;
use http::HeaderMap;
use http::request::Parts;
use serde_json::Value;
use trailward_bucket::AccessLogEntry;
use trailward_wire::sigv4::{Presented, SignatureKind};

/// The request and its answer. `owner` and `requester` are canonical ids, the latter of root users only.
pub(super) struct Seen<'a> {
    pub parts: &'a Parts,
    pub trace: &'a Trace,
    pub presented: Option<&'a Presented>,
    pub status: u16,
    pub answered: &'a HeaderMap,
    pub sent: u64,
    pub received: u64,
    pub host_id: &'a str,
    pub key: Option<&'a str>,
    pub milliseconds: u64,
}

impl Seen<'_> {
    pub(super) fn entry(&self, owner: String, requester: Option<String>) -> AccessLogEntry {
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let headers = &self.parts.headers;
        let path = self.parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let tls = self.trace.tls.as_ref();
        let object = self.key.is_some() && self.trace.error.is_none();
        let size = match self.trace.event_name.as_str() {
            "GetObject" | "HeadObject" => text(self.answered, "content-range")
                .and_then(|range| range.rsplit('/').next()?.parse().ok())
                .or_else(|| text(self.answered, "content-length")?.parse().ok()),
            "PutObject" | "UploadPart" => Some(self.received),
            _ => None,
        };
        AccessLogEntry {
            bucket_owner: owner,
            remote_ip: self.trace.source_ip.clone(),
            requester,
            request_id: self.trace.request_id.clone(),
            operation: operation(&self.trace.event_name, self.parts.method.as_str()),
            key: self.key.map(str::to_owned),
            request_uri: format!("{} {} HTTP/1.1", self.parts.method, without_signature(path)),
            status: Some(self.status),
            error_code: self.trace.error.as_ref().map(|(code, _)| code.clone()),
            bytes_sent: self.sent,
            object_size: size.filter(|_| object),
            total_time: self.milliseconds,
            referer: text(headers, "referer"),
            user_agent: text(headers, "user-agent"),
            version_id: self.trace.request.get("versionId").and_then(Value::as_str).map(str::to_owned),
            host_id: self.host_id.to_owned(),
            signature_version: self.presented.map(|_| "SigV4"),
            cipher_suite: tls.and_then(|tls| tls.cipher_suite.clone()),
            authentication_type: self.presented.map(|presented| match presented.kind {
                SignatureKind::Header => "AuthHeader",
                SignatureKind::Presigned { .. } => "QueryString",
                SignatureKind::Form => "POST",
            }),
            host: text(headers, "host"),
            tls_version: tls.and_then(|tls| tls.tls_version.clone()),
        }
    }
}

/// A log is read by others than the caller: whoever has a presigned URL can use it.
fn without_signature(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let secret = |name: &str| {
        ["x-amz-signature", "x-amz-security-token", "x-amz-credential"]
            .iter()
            .any(|secret| name.eq_ignore_ascii_case(secret))
            || name.get(..27).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-server-side-encryption"))
    };
    let kept: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if secret(name) => format!("{name}=REDACTED"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}", kept.join("&"))
}

/// `REST.METHOD.RESOURCE`.
fn operation(event: &str, method: &str) -> String {
    const RESOURCES: &[(&str, &str)] = &[
        ("Acl", "ACL"),
        ("BucketCors", "CORS"),
        ("BucketEncryption", "ENCRYPTION"),
        ("BucketLifecycle", "LIFECYCLE"),
        ("BucketLocation", "LOCATION"),
        ("BucketLogging", "LOGGING_STATUS"),
        ("BucketObjectLockConfiguration", "OBJECT_LOCK"),
        ("BucketOwnershipControls", "OWNERSHIP_CONTROLS"),
        ("BucketPolicyStatus", "POLICY_STATUS"),
        ("BucketPolicy", "BUCKETPOLICY"),
        ("PublicAccessBlock", "PUBLIC_ACCESS_BLOCK"),
        ("BucketReplication", "REPLICATION"),
        ("BucketRequestPayment", "REQUEST_PAYMENT"),
        ("BucketTagging", "TAGGING"),
        ("BucketVersioning", "VERSIONING"),
        ("ObjectTagging", "OBJECT_TAGGING"),
        ("ObjectLegalHold", "LEGAL_HOLD"),
        ("ObjectRetention", "RETENTION"),
        ("ObjectAttributes", "OBJECT_ATTRIBUTES"),
    ];
    let resource = match event {
        "CopyObject" => return "REST.COPY.OBJECT".to_owned(),
        "UploadPartCopy" => return "REST.COPY.PART".to_owned(),
        "DeleteObjects" => "MULTI_OBJECT_DELETE",
        "ListObjectVersions" => "BUCKETVERSIONS",
        "ListMultipartUploads" | "CreateMultipartUpload" => "UPLOADS",
        "CompleteMultipartUpload" | "AbortMultipartUpload" | "ListParts" => "UPLOAD",
        "UploadPart" => "PART",
        "ListObjects" | "CreateBucket" | "DeleteBucket" | "HeadBucket" => "BUCKET",
        "GetObject" | "HeadObject" | "PutObject" | "DeleteObject" | "RestoreObject" => "OBJECT",
        other => RESOURCES
            .iter()
            .find(|(name, _)| other.ends_with(name))
            .map_or("BUCKET", |(_, resource)| resource),
    };
    format!("REST.{method}.{resource}")
}
