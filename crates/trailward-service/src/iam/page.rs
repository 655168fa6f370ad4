//! Listings in pages: `Marker`, `MaxItems`, `IsTruncated`.

use super::errors::validation;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use trailward_wire::ApiError;

const DEFAULT_ITEMS: i64 = 100;

/// Which page is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    pub marker: Option<&'a str>,
    pub max_items: Option<i64>,
}

/// The end of a page's answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rest {
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// One page of `items`, in the order of `key`, which no two items share. The marker is the key of the last item
/// shown, so that items that come and go between two pages neither repeat nor hide others.
pub(super) fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    asked: Asked<'_>,
) -> Result<(Vec<T>, Rest), ApiError> {
    items.sort_by_cached_key(&key);
    if let Some(marker) = asked.marker {
        let invalid = || validation("Invalid Marker.");
        let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| invalid())?;
        let after = String::from_utf8(bytes).map_err(|_| invalid())?;
        items.retain(|item| key(item) > after);
    }
    let most = usize::try_from(asked.max_items.unwrap_or(DEFAULT_ITEMS)).unwrap_or(0);
    let is_truncated = items.len() > most;
    items.truncate(most);
    let marker = items.last().filter(|_| is_truncated).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok((items, Rest { is_truncated, marker }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let items: Vec<u32> = (0..25).collect();
        let key = |n: &u32| format!("{n:04}");
        let mut marker: Option<String> = None;
        let mut seen = Vec::new();
        loop {
            let asked = Asked { marker: marker.as_deref(), max_items: Some(10) };
            let (shown, rest) = page(items.clone(), key, asked).unwrap();
            seen.extend(shown);
            assert_eq!(rest.is_truncated, rest.marker.is_some());
            marker = rest.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        for bad in ["*", "AAA=", "_w"] {
            let asked = Asked { marker: Some(bad), max_items: None };
            assert!(page(items.clone(), key, asked).is_err(), "{bad}");
        }
    }
}
