//! Any request head: its signature is read and refused, never accepted, never a panic.
//!
//! The input's lines are the target, the `Authorization` header, and further headers as `name: value`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailward_wire::sigv4::{PathStyle, SigningSecret, present};

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let mut request = http::Request::builder().method("POST").uri(lines.next().unwrap_or("/"));
    request = request.header("authorization", lines.next().unwrap_or(""));
    for line in lines.take(50) {
        if let Some((name, value)) = line.split_once(": ") {
            request = request.header(name, value);
        }
    }
    let Ok(request) = request.body(()) else { return };
    let parts = request.into_parts().0;
    if let Ok(Some(presented)) = present(&parts) {
        for style in [PathStyle::S3, PathStyle::Normalised] {
            let secret = SigningSecret::new("a secret that no input was signed with");
            assert!(presented.verify(&parts, style, &secret, Some("0")).is_err());
        }
    }
});
