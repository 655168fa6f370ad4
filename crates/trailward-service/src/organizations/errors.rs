//! The engine's refusals, as the API says them. All of them are 400 but the service's own failures.

use crate::iam::state::failed;
use trailward_organization::{OrganizationError, Refusal};
use trailward_store::StoreError;
use trailward_wire::ApiError;

/// A rule's refusal, with its reason where the exception has one.
pub(super) fn refused(refusal: Refusal) -> ApiError {
    let error = ApiError::bad_request(refusal.code, refusal.message);
    match refusal.reason {
        Some(reason) => error.with("Reason", reason),
        None => error,
    }
}

/// A store's failure; another change at the same time is one that the caller may try again.
pub(super) fn unstored(error: StoreError) -> ApiError {
    if error.is_conflict() {
        return ApiError::bad_request(
            "ConcurrentModificationException",
            "AWS Organizations can't complete your request because another request is already in progress. Try again later.",
        );
    }
    failed(error)
}

/// Either.
pub(super) fn unsuccessful(error: OrganizationError) -> ApiError {
    match error {
        OrganizationError::Refused(refusal) => refused(refusal),
        OrganizationError::Store(error) => unstored(error),
    }
}

/// The caller's account is in no organization.
pub(super) fn not_in_use() -> ApiError {
    ApiError::bad_request(
        "AWSOrganizationsNotInUseException",
        "Your account is not a member of an organization.",
    )
}

/// The caller's account may not do this, whatever its policies say.
pub(super) fn not_permitted() -> ApiError {
    ApiError::bad_request("AccessDeniedException", "You don't have permissions to access this resource.")
}
