//! Refusals, in AWS's words.

use super::service_linked::is_linked;
use super::state::{Entity, Role};
use trailward_policy::ParseError;
use trailward_wire::ApiError;

/// At most this much of what a caller sent is repeated to it.
const SHOWN: usize = 200;

/// A caller's text, bounded.
pub(super) fn short(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// `User`, `Group`, `Role`.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// There is nothing of that name.
pub(super) fn no_such(text: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", 404, text)
}

/// There is no user, group or role of that name.
pub(super) fn no_such_entity<T: Entity>(name: &str) -> ApiError {
    if T::WORD == "instance-profile" {
        return no_such(format!("Instance Profile {} cannot be found.", short(name)));
    }
    no_such(format!("The {} with name {} cannot be found.", T::WORD, short(name)))
}

/// There is no managed policy with that ARN.
pub(super) fn no_such_policy(arn: &str) -> ApiError {
    no_such(format!("Policy {} was not found.", short(arn)))
}

/// There is no access key with that id, or it is somebody else's.
pub(super) fn no_such_key(id: &str) -> ApiError {
    no_such(format!("The Access Key with id {} cannot be found.", short(id)))
}

/// The name is taken.
pub(super) fn already_exists<T: Entity>(name: &str) -> ApiError {
    let text = if T::WORD == "policy" {
        format!("A policy called {} already exists. Duplicate names are not allowed.", short(name))
    } else if T::WORD == "instance-profile" {
        format!("Instance Profile {} already exists.", short(name))
    } else {
        format!("{} with name {} already exists.", capital(T::WORD), short(name))
    };
    ApiError::new("EntityAlreadyExists", 409, text)
}

/// The same, in words of its own.
pub(super) fn already_there(text: &str) -> ApiError {
    ApiError::new("EntityAlreadyExists", 409, text)
}

/// Something depends on what should be deleted.
pub(super) fn delete_conflict(text: &str) -> ApiError {
    ApiError::new("DeleteConflict", 409, text)
}

/// A quota is used up.
pub(super) fn over_quota(quota: &str, most: usize) -> ApiError {
    limit_exceeded(format!("Cannot exceed quota for {quota}: {most}"))
}

/// A limit that is told in words of its own.
pub(super) fn limit_exceeded(text: impl Into<String>) -> ApiError {
    ApiError::new("LimitExceeded", 409, text)
}

/// A member whose value makes no sense.
pub(super) fn invalid_input(text: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidInput", text)
}

/// A member that breaks a rule of the API's model.
pub(super) fn validation(text: impl Into<String>) -> ApiError {
    ApiError::bad_request("ValidationError", text)
}

/// A policy document that does not follow the grammar.
pub(super) fn malformed_policy(error: &ParseError) -> ApiError {
    ApiError::bad_request("MalformedPolicyDocument", error.to_string())
}

/// Refuses to change a role that belongs to a service.
pub(super) fn protected(role: &Role) -> Result<(), ApiError> {
    if !is_linked(role) {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "UnmodifiableEntity",
        format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            role.name
        ),
    ))
}
