//! A signed request that is changed anywhere is not accepted, and leaves a record all the same.

use crate::world::{Unsent, World, root, unsigned};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use serde_json::json;
use trailward_wire::sigv4::Scope;

const CALLS: [(&str, &str); 2] = [("iam", "GetUser"), ("cloudtrail", "DescribeTrails")];

async fn original(world: &World, service: &str, operation: &str) -> Unsent {
    let request = unsigned(service, operation, &json!({}));
    let request = world.signed(request, &root(), Scope { region: "us-east-1", service });
    world.send(request.clone()).await.ok();
    request
}

async fn not_accepted(world: &World, request: Unsent, what: &str) {
    let before = world.recorded();
    let answer = world.send(request).await;
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    assert_eq!(world.recorded(), before + 1, "{what}: one record");
}

#[tokio::test]
async fn every_bit_of_every_signed_header_counts() {
    let world = World::new().await;
    for (service, operation) in CALLS {
        let request = original(&world, service, operation).await;
        let headers: Vec<(HeaderName, HeaderValue)> =
            request.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        assert!(headers.len() >= 5);
        for (name, value) in headers {
            for at in 0..value.len() {
                for bit in 0..8 {
                    let mut bytes = value.as_bytes().to_vec();
                    bytes[at] ^= 1 << bit;
                    let Ok(changed) = HeaderValue::from_bytes(&bytes) else { continue };
                    let mut request = request.clone();
                    request.headers_mut().insert(name.clone(), changed);
                    not_accepted(&world, request, &format!("{service} {name} byte {at} bit {bit}")).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn every_byte_of_the_body_counts() {
    let world = World::new().await;
    for (service, operation) in CALLS {
        let request = original(&world, service, operation).await;
        let body = request.body().to_vec();
        for at in 0..body.len() {
            let mut changed = body.clone();
            changed[at] ^= 1;
            let request = request.clone().map(|_| Bytes::from(changed));
            not_accepted(&world, request, &format!("{service} body byte {at}")).await;
        }
        for changed in [Bytes::new(), [&body[..], b" "].concat().into(), [&body[..], b"&A=1"].concat().into()]
        {
            let request = request.clone().map(|_| changed);
            not_accepted(&world, request, &format!("{service} longer or shorter body")).await;
        }
    }
}

#[tokio::test]
async fn headers_cannot_be_dropped_added_or_doubled() {
    let world = World::new().await;
    for (service, operation) in CALLS {
        let request = original(&world, service, operation).await;
        let names: Vec<HeaderName> = request.headers().keys().cloned().collect();
        for name in &names {
            let mut changed = request.clone();
            changed.headers_mut().remove(name);
            not_accepted(&world, changed, &format!("{service} without {name}")).await;
            let mut changed = request.clone();
            let value = changed.headers()[name].clone();
            changed.headers_mut().append(name.clone(), value);
            not_accepted(&world, changed, &format!("{service} with {name} twice")).await;
        }
        for name in ["x-amz-acl", "x-amz-security-token", "x-amz-copy-source", "x-amz-content-sha256"] {
            let mut changed = request.clone();
            changed.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            not_accepted(&world, changed, &format!("{service} with {name}")).await;
        }
    }
}

#[tokio::test]
async fn method_path_and_query_cannot_be_changed() {
    let world = World::new().await;
    for (service, operation) in CALLS {
        let request = original(&world, service, operation).await;
        for uri in ["/?a=b", "/?Action=ListUsers&Version=2010-05-08", "/x", "/%2e", "/?X-Amz-Signature=00"] {
            let mut changed = request.clone();
            *changed.uri_mut() = uri.parse().unwrap();
            not_accepted(&world, changed, &format!("{service} {uri}")).await;
        }
        for method in [http::Method::GET, http::Method::PUT, http::Method::DELETE] {
            let mut changed = request.clone();
            *changed.method_mut() = method.clone();
            not_accepted(&world, changed, &format!("{service} {method}")).await;
        }
    }
}
