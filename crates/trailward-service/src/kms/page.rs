//! Answers in pages: `Limit`, `Marker`, `NextMarker`, `Truncated`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use trailward_wire::ApiError;

/// One page, and the marker of the next.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    pub next_marker: Option<String>,
}

/// The page of `items` (in order of their `id`) that comes after `marker`: `limit` of them, from 1 to `most`.
pub(super) fn page<T>(
    items: Vec<T>,
    id: impl Fn(&T) -> &str,
    (limit, most, usual): (Option<i64>, usize, usize),
    marker: Option<&str>,
) -> Result<Page<T>, ApiError> {
    let limit = match limit {
        None => usual,
        Some(limit) => usize::try_from(limit).ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
            ApiError::bad_request(
                "ValidationException",
                format!(
                    "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must \
                     have value between 1 and {most}"
                ),
            )
        })?,
    };
    let after = match marker {
        None => None,
        Some(marker) => {
            let read = URL_SAFE_NO_PAD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            Some(read.ok_or_else(|| {
                ApiError::bad_request("InvalidMarkerException", "Could not deserialize marker.")
            })?)
        }
    };
    let mut rest: Vec<T> =
        items.into_iter().filter(|item| after.as_deref().is_none_or(|after| id(item) > after)).collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next_marker = rest.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(id(last)));
    Ok(Page { items: rest, next_marker })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let all: Vec<String> = (0..25).map(|n| format!("{n:02}")).collect();
        let (mut seen, mut marker): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let part = page(all.clone(), |s| s, (Some(10), 100, 50), marker.as_deref()).unwrap();
            seen.extend(part.items);
            marker = part.next_marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        for limit in [0, -1, 101] {
            assert!(page(all.clone(), |s| s, (Some(limit), 100, 50), None).is_err());
        }
        assert!(page(all, |s| s, (None, 100, 50), Some("!")).is_err());
    }
}
