//! Which service a request is for, from what is outside its body.

use crate::services::{self, Service};
use http::Method;
use http::request::Parts;
use trailward_wire::Protocol;
use trailward_wire::sigv4::Presented;

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Route {
    /// S3's REST.
    S3,
    /// A JSON service; the operation's name is the target's last part.
    Json { service: &'static Service, operation: String },
    /// A Query service; which one is in the parameters, or in the scope.
    Query { scope: Option<&'static Service> },
}

/// A JSON request whose target nobody knows.
static UNKNOWN: Service = Service {
    signing_name: "",
    event_source: "unknown.amazonaws.com",
    protocol: Protocol::AwsJson { version: "1.1" },
    targets: &[],
    version: "",
    global: false,
    operations: &[],
    absent: &[],
};

/// Chooses by `X-Amz-Target`, then by the scope's service, then by what the request looks like.
pub(crate) fn route(parts: &Parts, presented: Option<&Presented>) -> Route {
    let scope_service = presented.and_then(|p| services::by_signing_name(&p.service));
    if let Some(target) = parts.headers.get("x-amz-target") {
        let target = target.to_str().unwrap_or("");
        let (prefix, operation) = target.rsplit_once('.').unwrap_or((target, ""));
        let operation = name(operation);
        if let Some(service) = services::by_target(prefix) {
            return Route::Json { service, operation };
        }
        // A target that no service has is the business of the service it was signed for.
        let json = scope_service.filter(|s| matches!(s.protocol, Protocol::AwsJson { .. }));
        return Route::Json { service: json.unwrap_or(&UNKNOWN), operation };
    }
    match scope_service {
        Some(service) if matches!(service.protocol, Protocol::AwsJson { .. }) => {
            return Route::Json { service, operation: name("") };
        }
        Some(service) if matches!(service.protocol, Protocol::Query { .. }) => {
            return Route::Query { scope: Some(service) };
        }
        Some(_) => return Route::S3,
        None => {}
    }
    let form = parts.headers.get("content-type").and_then(|v| v.to_str().ok()).is_some_and(is_form);
    let action = parts.uri.query().is_some_and(|q| q.split('&').any(|pair| pair.starts_with("Action=")));
    if parts.uri.path() == "/" && ((parts.method == Method::POST && form) || action) {
        return Route::Query { scope: None };
    }
    Route::S3
}

/// Whether a content type is that of Query bodies.
pub(crate) fn is_form(content_type: &str) -> bool {
    media_type(content_type).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a content type is that of awsJson bodies.
pub(crate) fn is_aws_json(content_type: &str) -> bool {
    let media = media_type(content_type);
    media.eq_ignore_ascii_case("application/x-amz-json-1.1")
        || media.eq_ignore_ascii_case("application/x-amz-json-1.0")
}

fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or("").trim()
}

/// An operation's name as a record may carry it: letters and digits, at most 128.
pub(crate) fn name(given: &str) -> String {
    let valid = !given.is_empty() && given.len() <= 128 && given.bytes().all(|b| b.is_ascii_alphanumeric());
    if valid { given.to_owned() } else { "Unknown".to_owned() }
}
