//! Continuation tokens: where a page ended, in a form that clients only hand back.

use crate::BucketError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// The last thing a page showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Key(String),
    Prefix(String),
}

impl Place {
    pub(super) fn encode(&self) -> String {
        let (kind, text) = match self {
            Self::Key(key) => ('k', key),
            Self::Prefix(prefix) => ('p', prefix),
        };
        BASE64.encode(format!("{kind}{text}"))
    }

    pub(super) fn decode(token: &str) -> Result<Self, BucketError> {
        let text = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.and_then(|text| match text.strip_prefix('k') {
            Some(key) => Some(Self::Key(key.to_owned())),
            None => text.strip_prefix('p').map(|prefix| Self::Prefix(prefix.to_owned())),
        });
        place.ok_or_else(|| {
            BucketError::argument("continuation-token", token, "The continuation token provided is incorrect")
        })
    }

    pub(super) fn into_text(self) -> String {
        match self {
            Self::Key(text) | Self::Prefix(text) => text,
        }
    }
}
