//! Any bytes as what a proxy says about its client: read or refused, never a panic, and from nobody else believed.
#![no_main]
#![allow(dead_code, reason = "not all of the module is needed here")]

#[path = "../../crates/trailward/src/proxy/mod.rs"]
mod proxy;

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use proxy::TrustedProxies;
use proxy::protocol::{Opening, opening};
use std::net::IpAddr;

fuzz_target!(|bytes: &[u8]| {
    if let Opening::Header { length, .. } = opening(bytes) {
        assert!(length <= bytes.len());
        assert_eq!(opening(&bytes[..length]), opening(bytes), "what follows changes nothing");
        assert!((0..length).all(|cut| opening(&bytes[..cut]) == Opening::Short));
    }
    let mut headers = HeaderMap::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate().take(8) {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        headers.append(if number % 2 == 0 { "x-forwarded-for" } else { "forwarded" }, value);
    }
    let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]).expect("networks");
    let (proxy, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 0, 2, 1]));
    assert_eq!(proxies.caller(other, &headers), Ok(other));
    let _ = proxies.caller(proxy, &headers);
});
