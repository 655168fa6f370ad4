//! The S3 parts of a record.

use super::call::S3Call;
use super::headers::pairs;
use super::table::Scope;
use crate::audit::{Trace, lossy};
use crate::limits::MAX_RECORD_FOREIGN;
use aws_lc_rs::digest::{Context, SHA256};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use trailward_bucket::{BucketError, DeleteEntry, DeleteOutput, Tag};
use trailward_model::RecordResource;
use trailward_wire::ApiError;
use trailward_wire::sigv4::{Presented, SignatureKind};

/// The namespace of S3's documents, which records keep.
pub(crate) const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Request headers that CloudTrail records.
const REQUEST_HEADERS: &[&str] = &[
    "x-amz-acl",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-bypass-governance-retention",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-object-attributes",
    "x-amz-object-ownership",
    "x-amz-request-payer",
    "x-amz-storage-class",
    "x-amz-tagging",
];

/// Query parameters of S3's API. Others are what a caller invented.
const PARAMETERS: &[&str] = &[
    "accelerate",
    "acl",
    "allow-unordered",
    "analytics",
    "annotation",
    "append",
    "attributes",
    "continuation-token",
    "cors",
    "delete",
    "delimiter",
    "encoding-type",
    "encryption",
    "fetch-owner",
    "id",
    "intelligent-tiering",
    "inventory",
    "key-marker",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "marker",
    "max-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "part-number-marker",
    "partNumber",
    "policy",
    "policyStatus",
    "prefix",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "start-after",
    "tagging",
    "torrent",
    "upload-id-marker",
    "uploadId",
    "uploads",
    "version-id-marker",
    "versionId",
    "versioning",
    "versions",
    "website",
    "x-id",
];

/// Answer headers that CloudTrail records for calls that change something.
const RESPONSE_HEADERS: &[&str] = &[
    "x-amz-delete-marker",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-version-id",
    "x-amz-copy-source-version-id",
];

/// `requestParameters` as far as the request's head tells: query, some headers, bucket, key and host.
pub(crate) fn request(parts: &Parts, bucket: Option<&str>, key: Option<&str>) -> Value {
    let mut members = Map::new();
    let mut foreign = Foreign::default();
    for (name, value) in pairs(parts.uri.query().unwrap_or("")) {
        // A signature in the query is not a parameter, and must not be kept.
        if name.to_ascii_lowercase().starts_with("x-amz-") {
            continue;
        }
        if PARAMETERS.contains(&&*name) {
            members.insert(name, Value::String(value));
        } else {
            foreign.add(name, value);
        }
    }
    let text = |name: &str| Some(lossy(parts.headers.get(name)?.as_bytes()).0);
    for name in REQUEST_HEADERS {
        if let Some(value) = text(name) {
            members.insert((*name).to_owned(), json!(value));
        }
    }
    if let Some(host) = text("host") {
        members.insert("Host".into(), json!(host));
    }
    foreign.join(&mut members);
    if let Some(bucket) = bucket {
        members.insert("bucketName".into(), json!(bucket));
    }
    if let Some(key) = key {
        members.insert("key".into(), json!(key));
    }
    Value::Object(members)
}

/// Query parameters that S3 does not know. They are recorded, within bounds of their own: what a caller invents removes
/// nothing from a record.
#[derive(Default)]
struct Foreign {
    kept: Vec<(String, String)>,
    bytes: usize,
    /// How many are left out, their size, and the hash of all of them.
    left_out: usize,
    left_bytes: usize,
    hash: Option<Context>,
}

impl Foreign {
    fn add(&mut self, name: String, value: String) {
        let size = name.len() + value.len();
        // What JSON escapes can grow sixfold.
        if size <= MAX_RECORD_FOREIGN / 4 && self.bytes + size <= MAX_RECORD_FOREIGN {
            self.bytes += size;
            self.kept.push((name, value));
            return;
        }
        self.left_out += 1;
        self.left_bytes += size;
        let hash = self.hash.get_or_insert_with(|| Context::new(&SHA256));
        for text in [&name, "=", &value, "&"] {
            hash.update(text.as_bytes());
        }
    }

    /// Adds them to a record's members, of which they replace none.
    fn join(self, members: &mut Map<String, Value>) {
        for (name, value) in self.kept {
            members.entry(name).or_insert(Value::String(value));
        }
        if let Some(hash) = self.hash {
            let left_out = json!({
                "count": self.left_out,
                "bytes": self.left_bytes,
                "sha256": hex::encode(hash.finish()),
            });
            members.insert("omittedQueryParameters".to_owned(), left_out);
        }
    }
}

/// Whether a parameter that says what a call is about stands in `parts` more than once: nobody could say which counts.
pub(crate) fn repeated(parts: &Parts) -> Option<&'static str> {
    let given = pairs(parts.uri.query().unwrap_or(""));
    let times = |wanted: &str| given.iter().filter(|(name, _)| name == wanted).count();
    ["versionId", "uploadId", "partNumber"].into_iter().find(|name| times(name) > 1)
}

/// Adds a member to `requestParameters`: what an operation read from its body.
pub(crate) fn add_parameter(call: &S3Call, name: &str, value: Value) {
    if let Some(members) = call.trace().request.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Adds a document that an operation read from its body, as records write XML down.
pub(crate) fn add_document<const N: usize>(call: &S3Call, name: &str, members: [(&str, Value); N]) {
    let mut document: Map<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    document.insert("xmlns".into(), json!(XMLNS));
    add_parameter(call, name, Value::Object(document));
}

/// The record to be of one key of `DeleteObjects`: a `DeleteObject` of its own, so that selectors by prefix see it.
pub(crate) fn deletion(call: &S3Call, bucket: &str, entry: &DeleteEntry) -> Trace {
    let mut trace = call.trace().beside();
    "DeleteObject".clone_into(&mut trace.event_name);
    (trace.read_only, trace.data_event) = (false, true);
    let mut members =
        Map::from_iter([("bucketName".to_owned(), json!(bucket)), ("key".to_owned(), json!(entry.key))]);
    if let Some(version) = &entry.version_id {
        members.insert("versionId".to_owned(), json!(version));
    }
    for name in ["Host", "x-amz-bypass-governance-retention"] {
        if let Some(value) = trace.request.get(name) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    trace.request = Value::Object(members);
    trace.resources = resources(Scope::Object, false, Some(bucket), Some(&entry.key), None);
    trace
}

/// Adds to such a record how it went.
pub(crate) fn deleted(trace: &mut Trace, outcome: &Result<DeleteOutput, BucketError>) {
    match outcome {
        Ok(output) => {
            let mut members = Map::new();
            if output.delete_marker {
                members.insert("x-amz-delete-marker".to_owned(), json!("true"));
            }
            if let Some(version) = &output.version_id {
                members.insert("x-amz-version-id".to_owned(), json!(version));
            }
            trace.response = if members.is_empty() { Value::Null } else { Value::Object(members) };
        }
        Err(error) => trace.failed(&ApiError::new(error.code(), error.status(), error.to_string())),
    }
}

/// Adds a set of tags.
pub(crate) fn add_tagging(call: &S3Call, tags: &[Tag]) {
    let tags: Vec<Value> = tags.iter().map(|tag| json!({ "Key": tag.key, "Value": tag.value })).collect();
    add_document(call, "Tagging", [("TagSet", json!({ "Tag": tags }))]);
}

/// `additionalEventData`.
pub(crate) fn additional(
    parts: &Parts,
    presented: Option<&Presented>,
    host_id: &str,
    bytes_in: u64,
    bytes_out: u64,
    trace: &Trace,
) -> Value {
    let mut members = Map::new();
    if let Some(presented) = presented {
        members.insert("SignatureVersion".into(), json!("SigV4"));
        let method = match presented.kind {
            SignatureKind::Header => "AuthHeader",
            SignatureKind::Presigned { .. } => "QueryString",
            SignatureKind::Form => "HtmlForm",
        };
        members.insert("AuthenticationMethod".into(), json!(method));
    }
    if let Some(suite) = trace.tls.as_ref().and_then(|tls| tls.cipher_suite.clone()) {
        members.insert("CipherSuite".into(), json!(suite));
    }
    if trace.error.is_none() && trace.event_name == "PutObject" {
        members.insert("SSEApplied".into(), json!(sse_applied(parts, trace)));
    }
    members.insert("bytesTransferredIn".into(), json!(bytes_in));
    let head = parts.method == Method::HEAD;
    members.insert("bytesTransferredOut".into(), json!(if head { 0 } else { bytes_out }));
    members.insert("x-amz-id-2".into(), json!(host_id));
    Value::Object(members)
}

/// `responseElements` of a call that changed something.
pub(crate) fn response(headers: &HeaderMap) -> Value {
    let members: Map<String, Value> = RESPONSE_HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), json!(headers.get(*name)?.to_str().ok()?))))
        .collect();
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// How the object that was put is encrypted, and whether the request said so.
fn sse_applied(parts: &Parts, trace: &Trace) -> &'static str {
    if parts.headers.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        return "SSE_C";
    }
    let asked = parts.headers.contains_key("x-amz-server-side-encryption");
    let kms = trace.response.get("x-amz-server-side-encryption").and_then(Value::as_str) == Some("aws:kms");
    match (asked, kms) {
        (false, false) => "Default_SSE_S3",
        (true, false) => "SSE_S3",
        (false, true) => "Default_SSE_KMS",
        (true, true) => "SSE_KMS",
    }
}

/// `resources`: the object or the listed prefix, then the bucket with its owner.
pub(crate) fn resources(
    scope: Scope,
    listing: bool,
    bucket: Option<&str>,
    key: Option<&str>,
    owner: Option<&str>,
) -> Vec<RecordResource> {
    let Some(bucket) = bucket else { return Vec::new() };
    let object = |arn: Option<String>, arn_prefix: Option<String>| RecordResource {
        kind: Some("AWS::S3::Object".into()),
        arn,
        arn_prefix,
        ..RecordResource::default()
    };
    let mut resources = Vec::new();
    match (scope, key) {
        (Scope::Object, Some(key)) => {
            resources.push(object(Some(format!("arn:aws:s3:::{bucket}/{key}")), None));
        }
        (Scope::EachObject, _) => resources.push(object(None, Some(format!("arn:aws:s3:::{bucket}/")))),
        (Scope::Bucket, _) if listing => {
            resources.push(object(None, Some(format!("arn:aws:s3:::{bucket}/"))));
        }
        _ => {}
    }
    resources.push(RecordResource {
        account_id: owner.map(str::to_owned),
        kind: Some("AWS::S3::Bucket".into()),
        arn: Some(format!("arn:aws:s3:::{bucket}")),
        ..RecordResource::default()
    });
    resources
}
