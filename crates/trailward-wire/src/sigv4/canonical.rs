//! The canonical request.

use super::SignatureError;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt::Write as _;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// How a service canonicalises its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// S3: decoded and encoded once, nothing normalised.
    S3,
    /// Every other service: normalised, then encoded once more than the client sent it.
    Normalised,
}

/// The canonical path, or for S3 a second spelling that some clients sign: the path exactly as sent.
pub(super) fn paths(raw: &str, style: PathStyle) -> Vec<String> {
    match style {
        PathStyle::S3 => {
            let decoded = percent_decode_str(raw).decode_utf8_lossy();
            let encoded = utf8_percent_encode(&decoded, PATH).to_string();
            if encoded == raw { vec![encoded] } else { vec![encoded, raw.to_owned()] }
        }
        PathStyle::Normalised => {
            let mut kept: Vec<&str> = Vec::new();
            for segment in raw.split('/') {
                match segment {
                    "" | "." => {}
                    ".." => drop(kept.pop()),
                    other => kept.push(other),
                }
            }
            let mut path = format!("/{}", kept.join("/"));
            if path.len() > 1 && (raw.ends_with('/') || raw.ends_with("/.") || raw.ends_with("/..")) {
                path.push('/');
            }
            vec![utf8_percent_encode(&path, PATH).to_string()]
        }
    }
}

/// The canonical query string, without the signature itself.
pub(super) fn query(raw: &str) -> String {
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| *name != "X-Amz-Signature")
        .map(|(name, value)| (recode(name), recode(value)))
        .collect();
    pairs.sort();
    let mut text = String::with_capacity(raw.len());
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        let _ = write!(text, "{name}={value}");
    }
    text
}

fn recode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let decoded: Cow<'_, [u8]> = percent_decode_str(&spaced).into();
    percent_encoding::percent_encode(&decoded, UNRESERVED).to_string()
}

/// `name:value` lines of the signed headers. Every listed header must be there, `host` must be listed, and every
/// `x-amz-*` header of the request must be listed.
pub(super) fn headers(parts: &Parts, signed: &[String]) -> Result<String, SignatureError> {
    if !signed.iter().any(|name| name == "host") {
        return Err(SignatureError::HostNotSigned);
    }
    let unsigned: Vec<&str> = parts
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !signed.iter().any(|s| s == name))
        .collect();
    if !unsigned.is_empty() {
        return Err(SignatureError::HeadersNotSigned(unsigned.join(", ")));
    }
    let mut text = String::new();
    for name in signed {
        let mut values = parts.headers.get_all(name).iter().peekable();
        if values.peek().is_none() {
            return Err(SignatureError::DoesNotMatch);
        }
        let _ = write!(text, "{name}:");
        for (index, value) in values.enumerate() {
            if index > 0 {
                text.push(',');
            }
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| SignatureError::DoesNotMatch)?;
            let mut words = value.split_ascii_whitespace();
            text.push_str(words.next().unwrap_or(""));
            words.for_each(|word| {
                text.push(' ');
                text.push_str(word);
            });
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_per_style() {
        assert_eq!(paths("/a%20b/%C3%A9/../x", PathStyle::S3), ["/a%20b/%C3%A9/../x"]);
        assert_eq!(paths("/a+b", PathStyle::S3), ["/a%2Bb", "/a+b"]);
        assert_eq!(paths("/a//b/./c/../d/", PathStyle::Normalised), ["/a/b/d/"]);
        assert_eq!(paths("/a%20b", PathStyle::Normalised), ["/a%2520b"]);
        assert_eq!(paths("/../..", PathStyle::Normalised), ["/"]);
    }

    #[test]
    fn query_is_sorted_after_encoding() {
        assert_eq!(query("b=2&a=1&a=0&X-Amz-Signature=00&c"), "a=0&a=1&b=2&c=");
        assert_eq!(query("k=a+b%2B%zz"), "k=a%20b%2B%25zz");
        assert_eq!(query("prefix=a/b&marker=%7E"), "marker=~&prefix=a%2Fb");
    }
}
