//! Answers in pages: `MaxResults` (1 to 20), `NextToken`.

use super::check::invalid;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use trailward_wire::ApiError;

const MOST: usize = 20;

/// The page of `items` that comes after `token`, and the next page's token. Items are in the order of their `id`.
pub(super) fn page<T>(
    mut items: Vec<T>,
    id: impl Fn(&T) -> &str,
    limit: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match limit {
        None => MOST,
        Some(limit) if limit < 1 => {
            return Err(invalid(
                "MIN_VALUE_EXCEEDED",
                "You provided a numeric parameter that is smaller than the minimum allowed value.",
            ));
        }
        Some(limit) => usize::try_from(limit).ok().filter(|limit| *limit <= MOST).ok_or_else(|| {
            invalid(
                "MAX_VALUE_EXCEEDED",
                "You provided a numeric parameter that is larger than the maximum allowed value.",
            )
        })?,
    };
    if let Some(token) = token {
        let read = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let after = read
            .ok_or_else(|| invalid("INVALID_NEXT_TOKEN", "The NextToken that you provided is not valid."))?;
        items.retain(|item| id(item) > after.as_str());
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(id(last)));
    Ok((items, next))
}
