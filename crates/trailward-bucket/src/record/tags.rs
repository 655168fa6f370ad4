use crate::BucketError;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A tag of a bucket or an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
const MAX_OBJECT_TAGS: usize = 10;
const MAX_BUCKET_TAGS: usize = 50;

/// Refuses object tags that S3 refuses.
pub(crate) fn check_object_tags(tags: &[Tag]) -> Result<(), BucketError> {
    if tags.len() > MAX_OBJECT_TAGS {
        return Err(BucketError::BadRequest("Object tags cannot be greater than 10".to_owned()));
    }
    check(tags)
}

/// Refuses bucket tags that S3 refuses.
pub(crate) fn check_bucket_tags(tags: &[Tag]) -> Result<(), BucketError> {
    if tags.len() > MAX_BUCKET_TAGS {
        return Err(BucketError::BadRequest("Bucket tag count cannot be greater than 50".to_owned()));
    }
    check(tags)
}

fn check(tags: &[Tag]) -> Result<(), BucketError> {
    let mut keys = HashSet::new();
    for tag in tags {
        let invalid = |message| Err(BucketError::InvalidTag { message, key: tag.key.clone() });
        if tag.key.is_empty() || tag.key.chars().count() > MAX_KEY || !tag.key.chars().all(allowed) {
            return invalid("The TagKey you have provided is invalid");
        }
        if tag.value.chars().count() > MAX_VALUE || !tag.value.chars().all(allowed) {
            return invalid("The TagValue you have provided is invalid");
        }
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return invalid("System tags cannot be added/updated by requester");
        }
        if !keys.insert(tag.key.as_str()) {
            return invalid("Cannot provide multiple Tags with the same key");
        }
    }
    Ok(())
}

/// Letters, digits and spaces of any script, and `+ - = . _ : / @`.
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c) || (!c.is_ascii() && !c.is_control())
}
