//! What an S3 request is called before anybody could read it: for the records of requests that were refused early.

use http::Method;
use http::request::Parts;

/// The bucket and key in a path-style path, decoded.
pub(crate) fn bucket_and_key(path: &str) -> (Option<String>, Option<String>) {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let path = decoded.strip_prefix('/').unwrap_or(&decoded);
    let (bucket, key) = path.split_once('/').map_or((path, None), |(bucket, key)| (bucket, Some(key)));
    let filled = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    (filled(bucket), key.and_then(filled))
}

/// The API's name, as far as method, path and query tell.
pub(crate) fn guess(parts: &Parts, bucket: bool, key: bool) -> &'static str {
    let query = parts.uri.query().unwrap_or("");
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let copies = parts.headers.contains_key("x-amz-copy-source");
    let configuration = of_configuration(&parts.method, has);
    match (&parts.method, bucket, key) {
        (_, false, _) => "ListBuckets",
        (&Method::GET, true, true) if has("uploadId") => "ListParts",
        (&Method::GET, true, true) if has("tagging") => "GetObjectTagging",
        (&Method::GET, true, true) if has("attributes") => "GetObjectAttributes",
        (&Method::GET, true, true) if has("acl") => "GetObjectAcl",
        (&Method::GET, true, true) if has("retention") => "GetObjectRetention",
        (&Method::GET, true, true) if has("legal-hold") => "GetObjectLegalHold",
        (&Method::GET, true, true) => "GetObject",
        (&Method::HEAD, true, true) => "HeadObject",
        (&Method::PUT, true, true) if has("partNumber") && copies => "UploadPartCopy",
        (&Method::PUT, true, true) if has("partNumber") => "UploadPart",
        (&Method::PUT, true, true) if has("tagging") => "PutObjectTagging",
        (&Method::PUT, true, true) if has("acl") => "PutObjectAcl",
        (&Method::PUT, true, true) if has("retention") => "PutObjectRetention",
        (&Method::PUT, true, true) if has("legal-hold") => "PutObjectLegalHold",
        (&Method::PUT, true, true) if copies => "CopyObject",
        (&Method::PUT, true, true) => "PutObject",
        (&Method::POST, true, true) if has("uploads") => "CreateMultipartUpload",
        (&Method::POST, true, true) if has("restore") => "RestoreObject",
        (&Method::POST, true, true) if has("uploadId") => "CompleteMultipartUpload",
        (&Method::DELETE, true, true) if has("uploadId") => "AbortMultipartUpload",
        (&Method::DELETE, true, true) if has("tagging") => "DeleteObjectTagging",
        (&Method::DELETE, true, true) => "DeleteObject",
        (&Method::HEAD, true, false) => "HeadBucket",
        (&Method::GET, true, false) if has("versions") => "ListObjectVersions",
        (&Method::GET, true, false) if has("uploads") => "ListMultipartUploads",
        (&Method::GET, true, false) => configuration.unwrap_or("ListObjects"),
        (&Method::PUT, true, false) if query.is_empty() => "CreateBucket",
        (&Method::POST, true, false) if has("delete") => "DeleteObjects",
        (&Method::DELETE, true, false) if query.is_empty() => "DeleteBucket",
        (_, true, false) => configuration.unwrap_or("Unknown"),
        _ => "Unknown",
    }
}

/// A bucket's configurations, by their parameter: how records call getting, putting and deleting them.
const CONFIGURATIONS: &[(&str, [&str; 3])] = &[
    ("acl", ["GetBucketAcl", "PutBucketAcl", "Unknown"]),
    ("cors", ["GetBucketCors", "PutBucketCors", "DeleteBucketCors"]),
    ("encryption", ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"]),
    ("lifecycle", ["GetBucketLifecycle", "PutBucketLifecycle", "DeleteBucketLifecycle"]),
    ("location", ["GetBucketLocation", "Unknown", "Unknown"]),
    ("logging", ["GetBucketLogging", "PutBucketLogging", "Unknown"]),
    ("notification", ["GetBucketNotification", "PutBucketNotification", "Unknown"]),
    ("object-lock", ["GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration", "Unknown"]),
    (
        "ownershipControls",
        ["GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"],
    ),
    ("policy", ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"]),
    ("policyStatus", ["GetBucketPolicyStatus", "Unknown", "Unknown"]),
    (
        "publicAccessBlock",
        ["GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"],
    ),
    ("replication", ["GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication"]),
    ("requestPayment", ["GetBucketRequestPayment", "PutBucketRequestPayment", "Unknown"]),
    ("tagging", ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"]),
    ("versioning", ["GetBucketVersioning", "PutBucketVersioning", "Unknown"]),
    ("website", ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"]),
];

fn of_configuration(method: &Method, has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let (_, [get, put, delete]) = CONFIGURATIONS.iter().find(|(name, _)| has(name))?;
    match *method {
        Method::GET => Some(get),
        Method::PUT => Some(put),
        Method::DELETE => Some(delete),
        _ => None,
    }
}

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// An object's bytes; the bucket checks their digests.
    Object,
    /// XML or a policy; its digests are in the head, and nobody checks them later.
    Document,
    /// XML that completes an upload; digests in the head are the object's.
    Completion,
}

/// What the body of this request is.
pub(crate) fn content(parts: &Parts, key: bool) -> Content {
    let query = parts.uri.query().unwrap_or("");
    let has =
        |names: &[&str]| query.split('&').any(|pair| names.contains(&pair.split('=').next().unwrap_or("")));
    match parts.method {
        Method::POST if has(&["uploadId"]) => Content::Completion,
        Method::PUT if key && !has(&["acl", "legal-hold", "retention", "tagging"]) => Content::Object,
        _ => Content::Document,
    }
}
