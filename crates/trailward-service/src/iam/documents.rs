//! Policy documents on their way in and out.

use super::errors::{limit_exceeded, malformed_policy, over_quota};
use super::identified::Identified;
use super::state::Role;
use crate::call::Call;
use crate::identity::principals;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use trailward_policy::{Policy, PolicyKind};
use trailward_wire::ApiError;

const MANAGED_QUOTA: usize = 6_144;
const TRUST_QUOTA: usize = 2_048;

/// RFC 3986: everything but its unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A document as answers carry it.
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// The document of `member` as records carry it: not encoded.
pub(super) fn decode_recorded(recorded: &mut Value, pointer: &str) {
    if let Some(Value::String(text)) = recorded.pointer_mut(pointer) {
        *text = percent_decode_str(text).decode_utf8_lossy().into_owned();
    }
}

/// Characters that count.
fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// Refuses a document that cannot be a managed policy.
pub(super) fn check_managed(document: &str) -> Result<(), ApiError> {
    check(document, PolicyKind::Identity, MANAGED_QUOTA, || over_quota("PolicySize", MANAGED_QUOTA))
}

/// Refuses a document that cannot be a role's trust policy.
fn check_trust(document: &str) -> Result<(), ApiError> {
    check(document, PolicyKind::Trust, TRUST_QUOTA, || over_quota("ACLSizePerRole", TRUST_QUOTA))
}

/// A role's trust policy as it is stored: its principals are bound to who they are.
pub(super) async fn bound_trust(document: &str, call: &Call) -> Result<String, ApiError> {
    check_trust(document)?;
    principals::bound(&call.platform, document, |name| {
        ApiError::bad_request(
            "MalformedPolicyDocument",
            format!("Invalid principal in policy: \"AWS\":\"{name}\""),
        )
    })
    .await
}

/// A role as it is shown: its trust policy with the names of those who live.
pub(super) async fn shown(role: Role, call: &Call) -> Result<Role, ApiError> {
    let trust = principals::show(&call.platform, &role.trust).await?;
    Ok(Role { trust, ..role })
}

/// An identity policy of the request, compiled.
pub(super) fn parse_identity(document: &str) -> Result<Policy, ApiError> {
    Policy::parse_within(document, PolicyKind::Identity, 131_072).map_err(|error| malformed_policy(&error))
}

/// Refuses a document that cannot become the inline policy `name` of `entity`.
pub(super) fn check_inline<T: Identified>(entity: &T, name: &str, document: &str) -> Result<(), ApiError> {
    let over = || {
        limit_exceeded(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            T::INLINE_QUOTA,
            T::WORD,
            entity.name()
        ))
    };
    check(document, PolicyKind::Identity, T::INLINE_QUOTA, over)?;
    let others = entity.inline().iter().filter(|(have, _)| *have != name).map(|(_, text)| size(text));
    if others.sum::<usize>() + size(document) > T::INLINE_QUOTA { Err(over()) } else { Ok(()) }
}

fn check(
    document: &str,
    kind: PolicyKind,
    most: usize,
    over: impl FnOnce() -> ApiError,
) -> Result<(), ApiError> {
    match Policy::parse_within(document, kind, most) {
        Ok(_) => Ok(()),
        Err(error) if error.is_too_large() => Err(over()),
        Err(error) => Err(malformed_policy(&error)),
    }
}
