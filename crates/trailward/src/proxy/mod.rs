//! Who called, when the connection is a proxy's.
//!
//! What a request says about where it comes from is believed only where a trusted proxy said it. Proxies append what they
//! saw, so the list is read from its end: the last address that is not a trusted proxy's is the caller's, and whatever
//! stands before it is the caller's own invention.

mod forwarded;
pub(crate) mod protocol;

use anyhow::{Result, bail};
use forwarded::{Hop, forwarded, x_forwarded_for};
use http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// Hops that are followed at most; no real chain is longer.
const MOST_HOPS: usize = 64;

/// Networks that may be named.
const MOST_NETWORKS: usize = 256;

/// The networks of trusted proxies.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

/// Who called cannot be told: what the request says contradicts itself, or is not of its form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Untold;

impl TrustedProxies {
    /// Proxies in `networks`, at most 256 of them. A network that holds everybody is refused: every caller could then
    /// say to be anybody.
    pub(crate) fn new(networks: Vec<IpNet>) -> Result<Self> {
        if networks.len() > MOST_NETWORKS {
            bail!("at most {MOST_NETWORKS} networks of trusted proxies can be named");
        }
        if let Some(all) = networks.iter().find(|network| network.prefix_len() == 0) {
            bail!("{all} holds every address: name the networks of the proxies only");
        }
        Ok(Self(networks))
    }

    /// As they were named.
    pub(crate) fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// Whether a proxy at `address` is believed.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of whoever made a request that came from `peer`. Nothing but `peer` counts unless it is trusted. Bounded
    /// work, whatever the headers hold.
    pub(crate) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Untold> {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return Ok(peer);
        }
        let by_x = x_forwarded_for(headers).map(|hops| self.follow(peer, hops)).transpose()?;
        let by_standard = forwarded(headers)?.map(|hops| self.follow(peer, hops)).transpose()?;
        match (by_x, by_standard) {
            (Some(one), Some(other)) if one != other => Err(Untold),
            (Some(address), _) | (None, Some(address)) => Ok(address),
            (None, None) => Ok(peer),
        }
    }

    /// Reads the hops from the nearest on.
    fn follow(&self, peer: IpAddr, hops: impl Iterator<Item = Hop>) -> Result<IpAddr, Untold> {
        let mut nearest = peer;
        for (count, hop) in hops.enumerate() {
            if count >= MOST_HOPS {
                return Err(Untold);
            }
            match hop {
                Hop::Address(address) => {
                    nearest = address.to_canonical();
                    if !self.trust(nearest) {
                        return Ok(nearest);
                    }
                }
                // The proxy at `nearest` does not say; nobody before it is believed.
                Hop::Unnamed => return Ok(nearest),
            }
        }
        Ok(nearest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn proxies() -> TrustedProxies {
        TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:a::/48".parse().unwrap()]).unwrap()
    }

    fn caller(peer: &str, headers: &[(&'static str, &str)]) -> Result<String, Untold> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        proxies().caller(peer.parse().unwrap(), &map).map(|address| address.to_string())
    }

    const X: &str = "x-forwarded-for";
    const F: &str = "forwarded";

    #[test]
    fn nothing_is_believed_of_others() {
        for peer in ["192.0.2.1", "2001:db8:b::1", "11.0.0.1"] {
            for headers in [vec![(X, "203.0.113.9")], vec![(F, "for=203.0.113.9")], vec![(F, "\"")]] {
                assert_eq!(caller(peer, &headers), Ok(peer.to_owned()));
            }
        }
        let none = TrustedProxies::default();
        let mut map = HeaderMap::new();
        map.append(X, HeaderValue::from_static("203.0.113.9"));
        assert_eq!(none.caller("127.0.0.1".parse().unwrap(), &map), Ok("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn the_last_address_that_is_not_a_proxy_counts() {
        for (list, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
            ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
            ("203.0.113.9, 10.1.1.1,10.2.2.2", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
            ("::ffff:203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8:b::9]:4711", "2001:db8:b::9"),
            ("2001:db8:b::9", "2001:db8:b::9"),
            ("1.1.1.1, 2001:db8:b::9, 2001:db8:a::1", "2001:db8:b::9"),
            ("10.3.3.3, 10.1.1.1", "10.3.3.3"),
            ("1.1.1.1, unknown", "10.0.0.1"),
            ("1.1.1.1, unknown, 10.1.1.1", "10.1.1.1"),
            ("1.1.1.1, 999.0.0.1", "10.0.0.1"),
            ("1.1.1.1, 203.0.113.9 , ", "203.0.113.9"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(caller("10.0.0.1", &[(X, list)]), Ok(expected.to_owned()), "{list}");
            assert_eq!(caller("::ffff:10.0.0.1", &[(X, list)]), Ok(expected.to_owned()), "{list}");
        }
        let lines = [(X, "6.6.6.6"), (X, "203.0.113.9"), (X, "10.1.1.1")];
        assert_eq!(caller("10.0.0.1", &lines), Ok("203.0.113.9".to_owned()));
    }

    #[test]
    fn the_standard_header_says_the_same() {
        for (list, expected) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
            ("for=1.2.3.4, for=\"203.0.113.9:80\";host=\"a,b;c\", for=10.1.1.1", "203.0.113.9"),
            ("for=\"[2001:db8:b::9]:4711\"", "2001:db8:b::9"),
            ("for=\"[2001:db8:b::9]\"", "2001:db8:b::9"),
            ("for=1.2.3.4, for=unknown", "10.0.0.1"),
            ("for=1.2.3.4, for=_hidden, for=10.1.1.1", "10.1.1.1"),
            ("for=1.2.3.4, proto=http", "10.0.0.1"),
            ("for=\"203.0.113.\\9\"", "203.0.113.9"),
        ] {
            assert_eq!(caller("10.0.0.1", &[(F, list)]), Ok(expected.to_owned()), "{list}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        for bad in [
            "for=\"1.2.3.4",
            "for=1.2.3.4\", for=203.0.113.9",
            "for",
            "for=1.2.3.4;for=5.6.7.8",
            "=x",
            "for=\"a\"b",
        ] {
            assert_eq!(caller("10.0.0.1", &[(F, bad)]), Err(Untold), "{bad}");
        }
        // Whoever brings the header that the proxy does not write.
        for (x, standard) in [("203.0.113.9", "for=6.6.6.6"), ("6.6.6.6", "for=203.0.113.9")] {
            assert_eq!(caller("10.0.0.1", &[(X, x), (F, standard)]), Err(Untold));
        }
        assert_eq!(
            caller("10.0.0.1", &[(X, "203.0.113.9"), (F, "for=203.0.113.9")]),
            Ok("203.0.113.9".to_owned())
        );
        let long = vec!["10.1.1.1"; MOST_HOPS + 1].join(",");
        assert_eq!(caller("10.0.0.1", &[(X, &long)]), Err(Untold));
    }

    /// Pieces of what headers are made of, in any order.
    #[test]
    fn any_headers_are_read_or_refused() {
        use protocol::{Opening, opening};
        const PIECES: [&[u8]; 24] = [
            b"for=",
            b"For",
            b"=",
            b"\"",
            b"\\",
            b",",
            b";",
            b" ",
            b"[",
            b"]",
            b":",
            b"1.2.3.4",
            b"10.1.1.1",
            b"2001:db8:a::1",
            b"unknown",
            b"_x",
            b"4711",
            b"PROXY ",
            b"TCP4 ",
            b"TCP6 ",
            b"\r\n",
            b"\r\n\r\n\0\r\nQUIT\n",
            b"\x21\x11\0\x0c",
            b"\xff",
        ];
        let mut seed = 7u64;
        let mut next = |most: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % most
        };
        let (proxy, other) = ("10.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..next(24) {
                bytes.extend_from_slice(PIECES[next(PIECES.len())]);
            }
            if let Opening::Header { length, .. } = opening(&bytes) {
                assert!((0..length).all(|cut| opening(&bytes[..cut]) == Opening::Short), "{bytes:?}");
            }
            let mut map = HeaderMap::new();
            for (name, line) in [X, F].into_iter().cycle().zip(bytes.split(|byte| *byte == b'\n')) {
                if let Ok(value) = HeaderValue::from_bytes(line) {
                    map.append(name, value);
                }
            }
            assert_eq!(proxies().caller(other, &map), Ok(other));
            if let Ok(caller) = proxies().caller(proxy, &map) {
                assert!(caller == proxy || map.contains_key(X) || map.contains_key(F));
            }
        }
    }

    #[test]
    fn everybody_is_not_a_proxy() {
        for all in ["0.0.0.0/0", "::/0"] {
            assert!(TrustedProxies::new(vec![all.parse().unwrap()]).is_err());
        }
        assert!(TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(); MOST_NETWORKS + 1]).is_err());
    }
}
