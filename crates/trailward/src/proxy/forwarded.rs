//! `X-Forwarded-For` and `Forwarded` (RFC 7239), from the nearest proxy to the farthest.

use super::Untold;
use http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// What one proxy says about who it was asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    Address(IpAddr),
    /// It does not say, or not with an address.
    Unnamed,
}

/// Elements of `Forwarded` that are read at most; the head of a request is bounded, too.
const MOST_ELEMENTS: usize = 1024;

/// The hops of all `X-Forwarded-For` lines; `None` without one.
pub(super) fn x_forwarded_for(headers: &HeaderMap) -> Option<impl Iterator<Item = Hop> + '_> {
    let lines: Vec<&[u8]> =
        headers.get_all("x-forwarded-for").iter().map(http::HeaderValue::as_bytes).collect();
    if lines.is_empty() {
        return None;
    }
    let hops = lines.into_iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
    let hops = hops.map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty());
    Some(hops.map(|hop| std::str::from_utf8(hop).map_or(Hop::Unnamed, node)))
}

/// The hops of all `Forwarded` lines; `None` without one. [`Untold`] if a line is not of the form: within a quoted string
/// that a caller left open, what the proxy appended would be the caller's.
pub(super) fn forwarded(headers: &HeaderMap) -> Result<Option<impl Iterator<Item = Hop>>, Untold> {
    let mut hops = Vec::new();
    let mut found = false;
    for line in headers.get_all("forwarded") {
        found = true;
        let mut rest = Parser(line.as_bytes());
        loop {
            hops.push(rest.element()?);
            if hops.len() > MOST_ELEMENTS {
                return Err(Untold);
            }
            if !rest.next_is(b',') {
                break;
            }
        }
        if !rest.0.is_empty() {
            return Err(Untold);
        }
    }
    Ok(found.then(|| hops.into_iter().rev()))
}

/// An address, with or without a port, an IPv6 one with or without brackets.
fn node(text: &str) -> Hop {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Hop::Address(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Hop::Address(address.ip());
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    bare.and_then(|text| text.parse().ok()).map_or(Hop::Unnamed, Hop::Address)
}

struct Parser<'a>(&'a [u8]);

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        self.skip_space();
        match self.0.split_first() {
            Some((byte, rest)) if *byte == wanted => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// `name=value;name=value`; an element may be empty.
    fn element(&mut self) -> Result<Hop, Untold> {
        let mut hop = None;
        loop {
            self.skip_space();
            let name = self.token();
            if name.is_empty() {
                // Nothing between two separators.
                if self.0.first().is_none_or(|byte| b",;".contains(byte)) {
                    if self.next_is(b';') {
                        continue;
                    }
                    return Ok(hop.unwrap_or(Hop::Unnamed));
                }
                return Err(Untold);
            }
            if !self.next_is(b'=') {
                return Err(Untold);
            }
            let value = self.value()?;
            if name.eq_ignore_ascii_case(b"for") {
                let said = std::str::from_utf8(&value).map_or(Hop::Unnamed, node);
                if hop.replace(said).is_some() {
                    return Err(Untold);
                }
            }
            if !self.next_is(b';') {
                return Ok(hop.unwrap_or(Hop::Unnamed));
            }
        }
    }

    fn token(&mut self) -> Vec<u8> {
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(byte);
        let length = self.0.iter().take_while(|byte| is_token(byte)).count();
        let (token, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        token.to_vec()
    }

    fn value(&mut self) -> Result<Vec<u8>, Untold> {
        if !self.next_is(b'"') {
            let token = self.token();
            return if token.is_empty() { Err(Untold) } else { Ok(token) };
        }
        let mut value = Vec::new();
        loop {
            let (byte, rest) = self.0.split_first().ok_or(Untold)?;
            self.0 = rest;
            match byte {
                b'"' => return Ok(value),
                b'\\' => {
                    let (escaped, rest) = self.0.split_first().ok_or(Untold)?;
                    self.0 = rest;
                    value.push(*escaped);
                }
                byte => value.push(*byte),
            }
        }
    }
}
