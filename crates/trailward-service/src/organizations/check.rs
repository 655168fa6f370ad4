//! The rules of members, and new ids.

use super::errors::refused;
use crate::call::Call;
use std::collections::HashSet;
use trailward_model::Tag;
use trailward_organization::{Id, PolicyType, Refusal};
use trailward_wire::ApiError;

/// Policy types that AWS has and that are not enforced here.
const OTHER_TYPES: &[&str] = &[
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "INSPECTOR_POLICY",
    "UPGRADE_ROLLOUT_POLICY",
    "BEDROCK_POLICY",
    "S3_POLICY",
    "NETWORK_SECURITY_DIRECTOR_POLICY",
];

/// `InvalidInputException`.
pub(super) fn invalid(reason: &'static str, text: &str) -> ApiError {
    refused(Refusal::input(reason, text))
}

/// A value that does not follow its member's pattern.
pub(super) fn pattern() -> ApiError {
    invalid("INVALID_PATTERN", "You provided a value that does not match the required pattern.")
}

/// A value that is none of those there are.
pub(super) fn unknown_value() -> ApiError {
    invalid("INVALID_ENUM", "You specified an invalid value.")
}

/// An id of one of these kinds.
pub(super) fn id(text: &str, kinds: &[Id]) -> Result<Id, ApiError> {
    Id::of(text).filter(|kind| kinds.contains(kind)).ok_or_else(pattern)
}

/// From `least` to `most` characters.
pub(super) fn length(text: &str, least: usize, most: usize) -> Result<(), ApiError> {
    let count = text.chars().count();
    if count < least {
        return Err(invalid(
            "MIN_LENGTH_EXCEEDED",
            "You provided a string parameter that is shorter than the minimum allowed length.",
        ));
    }
    if count > most {
        return Err(invalid(
            "MAX_LENGTH_EXCEEDED",
            "You provided a string parameter that is longer than the maximum allowed length.",
        ));
    }
    Ok(())
}

/// An address: `[^\s@]+@[^\s@]+\.[^\s@]+`, 6 to 64 characters.
pub(super) fn email(text: &str) -> Result<(), ApiError> {
    length(text, 6, 64)?;
    let valid = text.split_once('@').is_some_and(|(local, domain)| {
        let (host, top) = domain.rsplit_once('.').unwrap_or(("", ""));
        let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
        plain(local) && plain(host) && plain(top)
    });
    if valid { Ok(()) } else { Err(pattern()) }
}

/// A service's name: 1 to 128 of `[\w+=,.@-]`.
pub(super) fn service(text: &str) -> Result<(), ApiError> {
    length(text, 1, 128)?;
    let valid = text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    if valid { Ok(()) } else { Err(pattern()) }
}

/// A policy type that is enforced here. Others are refused honestly: they would bind nothing.
pub(super) fn policy_type(text: &str) -> Result<PolicyType, ApiError> {
    if OTHER_TYPES.contains(&text) {
        return Err(ApiError::new(
            "NotImplemented",
            501,
            format!("Policies of type {text} are not implemented here."),
        ));
    }
    PolicyType::of_name(text)
        .ok_or_else(|| invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid value."))
}

/// Whether policies of this type manage, rather than authorize, on AWS.
pub(super) fn is_management_type(text: &str) -> bool {
    OTHER_TYPES.contains(&text)
}

/// Tags as given: 1 to 128 and 0 to 256 characters of those allowed, no key twice, none that begins with `aws:`.
pub(super) fn tags(tags: &[Tag]) -> Result<(), ApiError> {
    let allowed =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c));
    let mut seen = HashSet::new();
    for tag in tags {
        length(&tag.key, 1, 128)?;
        length(&tag.value, 0, 256)?;
        if !allowed(&tag.key) || !allowed(&tag.value) {
            return Err(pattern());
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(
                "INVALID_SYSTEM_TAGS_PARAMETER",
                "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys.",
            ));
        }
        if !seen.insert(tag.key.as_str()) {
            return Err(invalid(
                "DUPLICATE_TAG_KEY",
                "Tag keys must be unique among the tags attached to the same entity.",
            ));
        }
    }
    if tags.len() > 50 {
        return Err(refused(Refusal::constraint(
            "MAX_TAG_LIMIT_EXCEEDED",
            "You have exceeded the number of tags that you can attach to a resource: 50.",
        )));
    }
    Ok(())
}

/// `prefix` and so many random letters and digits.
pub(super) fn new_id(call: &Call, prefix: &str, letters: usize) -> Result<String, ApiError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = vec![0; letters];
    call.platform.entropy.fill(&mut random)?;
    let letters = random.iter().filter_map(|b| ALPHABET.get(usize::from(b & 31))).map(|b| char::from(*b));
    Ok(prefix.chars().chain(letters).collect())
}
