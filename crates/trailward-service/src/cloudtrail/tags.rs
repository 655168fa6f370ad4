//! The rules for tags.

use std::collections::HashSet;
use trailward_model::Tag;
use trailward_wire::ApiError;

const MAX_TAGS: usize = 50;

fn allowed(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
}

/// Checks tags as given; keys may not repeat.
///
/// Source: CloudTrail API reference, `Tag`.
pub(crate) fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    let invalid = |text: String| Err(ApiError::bad_request("InvalidTagParameterException", text));
    let mut seen = HashSet::new();
    for tag in tags {
        let shown: String = tag.key.chars().take(128).collect();
        if !(1..=128).contains(&tag.key.chars().count()) || !allowed(&tag.key) {
            return invalid(format!(
                "Tag key {shown} is not valid: 1 to 128 letters, digits, spaces and _.:/=+-@."
            ));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return invalid(format!("Tag key {shown} is reserved: it begins with aws:."));
        }
        if tag.value.chars().count() > 256 || !allowed(&tag.value) {
            return invalid(format!(
                "The value of tag {shown} is not valid: at most 256 letters, digits, spaces and _.:/=+-@."
            ));
        }
        if !seen.insert(&tag.key) {
            return invalid(format!("Tag key {shown} is specified more than once."));
        }
    }
    Ok(())
}

/// `present` with `added` put over it; at most 50.
pub(crate) fn merge(mut present: Vec<Tag>, added: &[Tag]) -> Result<Vec<Tag>, ApiError> {
    for tag in added {
        match present.iter_mut().find(|t| t.key == tag.key) {
            Some(found) => found.value.clone_from(&tag.value),
            None => present.push(tag.clone()),
        }
    }
    if present.len() > MAX_TAGS {
        return Err(ApiError::bad_request(
            "TagsLimitExceededException",
            format!("The number of tags per resource has exceeded the permitted amount of {MAX_TAGS}."),
        ));
    }
    Ok(present)
}
