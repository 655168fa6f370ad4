//! Uploads from browser forms: `multipart/form-data` becomes the put that it means.
//!
//! The form's fields are read first, and bounded; then its policy decides whether they may be; the file's bytes are never
//! held. Source: Amazon S3 API Reference, "POST Object" and "Creating a POST policy"; what is wrong with a form, and
//! how S3 says so: "Error responses".

mod fields;
mod file;
mod policy;
mod reply;

pub(crate) use reply::Reply;

use super::payload::Arrival;
use crate::Platform;
use crate::audit::Trace;
use crate::gateway::{Body, authenticate_form};
use crate::identity::Identity;
use fields::Fields;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use policy::Policy;
use trailward_wire::sigv4::{Presented, SignatureError};
use trailward_wire::{ApiError, Protocol};

/// What the record calls it.
pub(crate) const RECORDED: &str = "PostObject";

/// A form that may be put.
pub(crate) struct Upload {
    pub identity: Identity,
    pub presented: Option<Presented>,
    /// The put it means, path style.
    pub parts: Parts,
    /// The object's bytes.
    pub body: Body,
    pub key: String,
    /// What the client wants to hear.
    pub reply: Reply,
}

/// Whether a request brings a form.
pub(crate) fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    parts.method == Method::POST && kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Reads the fields of a form for `bucket`, and decides whether its policy lets it in.
pub(crate) async fn read(
    platform: &Platform,
    parts: &Parts,
    bucket: &str,
    body: Body,
    arrival: &Arrival,
    trace: &mut Trace,
) -> Result<Upload, ApiError> {
    let boundary = fields::boundary(parts)?;
    let (mut fields, rest) = Fields::read(body, &boundary, arrival).await?;
    let key = fields.key()?;
    if let Some(members) = trace.request.as_object_mut() {
        members.insert("key".into(), key.clone().into());
    }
    let (identity, presented) = caller(platform, &fields, trace).await?;
    let mut range = None;
    if let Some(text) = fields.get("policy") {
        let policy = Policy::parse(text)?;
        policy.check(bucket, &fields, platform.now())?;
        range = policy.length();
    }
    let body = rest.into_body(&boundary, range, arrival.clone());
    let reply = Reply::asked(&fields);
    let parts = put(parts, bucket, &key, &mut fields)?;
    Ok(Upload { identity, presented, parts, body, key, reply })
}

/// Who signed the form. Without a signature nobody did, and the bucket's policy decides about that.
async fn caller(
    platform: &Platform,
    fields: &Fields,
    trace: &mut Trace,
) -> Result<(Identity, Option<Presented>), ApiError> {
    let refuse = |error: SignatureError| error.to_api_error(Protocol::RestXml);
    if fields.get("awsaccesskeyid").is_some() {
        return Err(refuse(SignatureError::UnsupportedAlgorithm));
    }
    let signed = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];
    let given: Vec<Option<&str>> = signed.iter().map(|name| fields.get(name)).collect();
    let (algorithm, credential, date, signature) = match given.as_slice() {
        [None, None, None, None] => return Ok((Identity::anonymous(), None)),
        [Some(algorithm), Some(credential), Some(date), Some(signature)] => {
            (*algorithm, *credential, *date, *signature)
        }
        _ => {
            let missing = signed.iter().zip(&given).find(|(_, value)| value.is_none());
            return Err(lacks(missing.map_or("x-amz-signature", |(name, _)| name)));
        }
    };
    let policy = fields.get("policy").ok_or_else(|| lacks("policy"))?;
    if algorithm != "AWS4-HMAC-SHA256" {
        return Err(refuse(SignatureError::UnsupportedAlgorithm));
    }
    let token = fields.get("x-amz-security-token").map(str::to_owned);
    let presented = Presented::of_form(credential, date, signature, token).map_err(refuse)?;
    if platform.settings.regions.contains(&presented.region) {
        trace.region.clone_from(&presented.region);
    }
    let identity = authenticate_form(platform, &presented, policy, trace).await?;
    Ok((identity, Some(presented)))
}

/// A field that must be there.
fn lacks(name: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidArgument",
        format!(
            "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
        ),
    )
    .with("ArgumentName", name)
    .with("ArgumentValue", "")
}

/// The put that the form means.
fn put(parts: &Parts, bucket: &str, key: &str, fields: &mut Fields) -> Result<Parts, ApiError> {
    let mut put = parts.clone();
    put.method = Method::PUT;
    let path = format!("/{bucket}/{}", super::convert::in_path(key));
    put.uri = PathAndQuery::try_from(path).map(Uri::from).map_err(|_| malformed())?;
    let kept = ["host", "user-agent", "origin", "x-amz-expected-bucket-owner", "x-amz-request-payer"];
    put.headers = HeaderMap::new();
    for name in kept {
        if let Some(value) = parts.headers.get(name) {
            put.headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    for (name, value) in fields.headers()? {
        let invalid = || {
            ApiError::bad_request("InvalidArgument", "A form field cannot be a header.")
                .with("ArgumentName", name.clone())
                .with("ArgumentValue", value.clone())
        };
        let header = HeaderName::try_from(&name).map_err(|_| invalid())?;
        put.headers.insert(header, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?);
    }
    Ok(put)
}

/// Not `multipart/form-data`, whatever it says.
fn malformed() -> ApiError {
    ApiError::bad_request(
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
    )
}
