//! Cross-origin requests: what browsers ask beforehand, and what answers to pages of other origins carry.
//!
//! Source: Amazon S3 User Guide, "Testing CORS"; API Reference, "OPTIONS object".

use crate::Platform;
use crate::gateway::{Body, plain};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response};
use trailward_bucket::CorsRule;
use trailward_wire::ApiError;

const ORIGIN: &str = "origin";
const METHOD: &str = "access-control-request-method";
const HEADERS: &str = "access-control-request-headers";
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// What the record calls a preflight request.
pub(crate) const RECORDED: &str = "PreflightRequest";

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
}

/// Answers a preflight request. Needs no permission, like every browser's question before its request.
pub(crate) async fn preflight(
    platform: &Platform,
    parts: &Parts,
    bucket: Option<&str>,
) -> Result<Response<Body>, ApiError> {
    let Some(origin) = header(parts, ORIGIN) else {
        return Err(bad("Insufficient information. Origin request header needed."));
    };
    let Some(method) = header(parts, METHOD) else {
        return Err(bad("Invalid Access-Control-Request-Method: null"));
    };
    if !["GET", "PUT", "HEAD", "POST", "DELETE"].contains(&method) {
        return Err(bad(format!("Invalid Access-Control-Request-Method: {method}")));
    }
    let rules = rules(platform, bucket).await.unwrap_or_default();
    if rules.is_empty() {
        return Err(forbidden("CORSResponse: CORS is not enabled for this bucket."));
    }
    let wanted = header(parts, HEADERS).unwrap_or_default();
    let names = || wanted.split(',').map(str::trim).filter(|name| !name.is_empty());
    let Some(rule) = rules.iter().find(|rule| rule.covers(origin, method, names())) else {
        return Err(forbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        ));
    };
    let mut response = plain(200);
    let headers = response.headers_mut();
    allow(headers, rule, origin);
    let names: Vec<String> = names().map(str::to_ascii_lowercase).collect();
    if !names.is_empty() {
        set(headers, "access-control-allow-headers", &names.join(", "));
    }
    Ok(response)
}

/// Adds what a page of another origin needs to see the answer, if the bucket has a rule for it.
pub(crate) async fn expose(
    platform: &Platform,
    parts: &Parts,
    bucket: Option<&str>,
    headers: &mut HeaderMap,
) {
    let Some(origin) = header(parts, ORIGIN) else { return };
    let method = header(parts, METHOD).unwrap_or(parts.method.as_str());
    let rules = rules(platform, bucket).await.unwrap_or_default();
    if let Some(rule) = rules.iter().find(|rule| rule.covers(origin, method, std::iter::empty())) {
        allow(headers, rule, origin);
    }
}

/// `None` if they cannot be read: no rule then.
async fn rules(platform: &Platform, bucket: Option<&str>) -> Option<Vec<CorsRule>> {
    match platform.buckets.cors_rules(bucket?).await {
        Ok(rules) => Some(rules),
        Err(error) => {
            tracing::warn!(%error, "a bucket's cross-origin rules cannot be read");
            None
        }
    }
}

fn allow(headers: &mut HeaderMap, rule: &CorsRule, origin: &str) {
    if rule.is_for_all() {
        set(headers, "access-control-allow-origin", "*");
    } else {
        set(headers, "access-control-allow-origin", origin);
        set(headers, "access-control-allow-credentials", "true");
    }
    set(headers, "access-control-allow-methods", &rule.methods.join(", "));
    if !rule.exposed.is_empty() {
        set(headers, "access-control-expose-headers", &rule.exposed.join(", "));
    }
    if let Some(age) = rule.max_age {
        set(headers, "access-control-max-age", &age.to_string());
    }
    set(headers, "vary", VARY);
}

/// What no header can carry is left out.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("BadRequest", message.into())
}

fn forbidden(message: &'static str) -> ApiError {
    ApiError::new("AccessForbidden", 403, message)
}
