//! The S3 operations that reading an archive takes.

use super::body::Bytes;
use super::{Asked, State, listing};
use crate::forge::Object;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use std::sync::atomic::Ordering;
use time::format_description::well_known::Rfc2822;

/// The operation's name.
pub fn operation(method: &Method, asked: &Asked) -> &'static str {
    match (method.as_str(), asked.key.is_empty()) {
        ("HEAD", true) => "HeadBucket",
        ("HEAD", false) => "HeadObject",
        ("GET", false) => "GetObject",
        ("GET", true) if asked.query.contains_key("location") => "GetBucketLocation",
        ("GET", true) if asked.query.get("list-type").is_some_and(|v| v == "2") => "ListObjectsV2",
        ("GET", true) => "ListObjects",
        _ => "Unknown",
    }
}

/// An error as S3 spells it.
pub fn error(status: u16, code: &str, message: &str, asked: &Asked) -> Response<Bytes> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <Resource>/{}</Resource><RequestId>forge</RequestId></Error>",
        asked.bucket
    );
    let body = if asked.operation.starts_with("Head") { Bytes::default() } else { Bytes::whole(text) };
    Response::builder().status(status).header("content-type", "application/xml").body(body).unwrap()
}

fn action(operation: &str) -> &'static str {
    match operation {
        "GetBucketLocation" => "s3:GetBucketLocation",
        "ListObjects" | "ListObjectsV2" | "HeadBucket" => "s3:ListBucket",
        _ => "s3:GetObject",
    }
}

pub fn answer(state: &State, request: &Request<Incoming>, asked: &Asked) -> Response<Bytes> {
    let action = action(&asked.operation);
    let refused = state.faults.denied_actions.iter().any(|denied| denied == action)
        || (!asked.key.is_empty()
            && state.faults.denied_prefixes.iter().any(|prefix| asked.key.starts_with(prefix)));
    if refused {
        return error(403, "AccessDenied", &format!("not authorized to perform: {action}"), asked);
    }
    let Some(objects) = state.world.buckets.get(&asked.bucket) else {
        return error(404, "NoSuchBucket", "The specified bucket does not exist", asked);
    };
    let xml = |text: String| {
        Response::builder().header("content-type", "application/xml").body(Bytes::whole(text)).unwrap()
    };
    match asked.operation.as_str() {
        "HeadBucket" => {
            Response::builder().header("x-amz-bucket-region", "us-east-1").body(Bytes::default()).unwrap()
        }
        "GetBucketLocation" => xml(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>"
                .into(),
        ),
        "ListObjects" => xml(listing::version_1(objects, &asked.bucket, &asked.query)),
        "ListObjectsV2" => xml(listing::version_2(objects, &asked.bucket, &asked.query)),
        "GetObject" | "HeadObject" => {
            if state.world.denied.contains(&asked.key) {
                return error(403, "AccessDenied", "Access Denied", asked);
            }
            match objects.get(&asked.key) {
                Some(object) => read(state, request, asked, object),
                None => error(404, "NoSuchKey", "The specified key does not exist.", asked),
            }
        }
        _ => error(501, "NotImplemented", "not here", asked),
    }
}

fn read(state: &State, request: &Request<Incoming>, asked: &Asked, object: &Object) -> Response<Bytes> {
    let tag = listing::etag(object);
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    if header("if-match").is_some_and(|wanted| wanted.trim_matches('"') != tag) {
        return error(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            asked,
        );
    }
    let total = object.bytes.len();
    let mut response = Response::builder()
        .header("etag", format!("\"{tag}\""))
        .header("last-modified", object.modified.format(&Rfc2822).unwrap().replace("+0000", "GMT"))
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .header("accept-ranges", "bytes");
    for (name, value) in &object.metadata {
        response = response.header(format!("x-amz-meta-{name}"), value);
    }
    let mut bytes = object.bytes.clone();
    if let Some(range) = header("range").and_then(|range| range.strip_prefix("bytes=")) {
        let (from, to) = range.split_once('-').unwrap_or((range, ""));
        let (from, to) = (from.parse::<usize>().unwrap_or(0), to.parse::<usize>().unwrap_or(usize::MAX));
        if from >= total {
            return error(416, "InvalidRange", "The requested range is not satisfiable", asked);
        }
        let to = to.min(total - 1);
        response = response.status(206).header("content-range", format!("bytes {from}-{to}/{total}"));
        bytes = bytes.slice(from..=to);
    }
    if asked.operation == "HeadObject" {
        return response.header("content-length", total).body(Bytes::default()).unwrap();
    }
    let number = state.objects.fetch_add(1, Ordering::Relaxed) + 1;
    let cut = state.faults.cut_every.is_some_and(|every| number.is_multiple_of(every));
    response.body(if cut { Bytes::cut(&bytes) } else { Bytes::whole(bytes) }).unwrap()
}
