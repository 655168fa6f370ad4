//! Making and ending delegated administrators of CloudTrail.

use super::organization::{depend, in_use, ready};
use crate::access::Access;
use crate::call::Call;
use crate::iam::state::failed;
use crate::shape::Empty;
use trailward_organization::{Cause, OrganizationError, Refusal, Tree};
use trailward_store::Batch;
use trailward_wire::ApiError;

/// Changes the delegated administrators, by the management account, which must itself have the permission `dependency`.
pub(super) async fn change(
    account: &str,
    dependency: Access,
    call: &Call,
    edit: impl Fn(&mut Tree) -> Result<(), Refusal>,
) -> Result<Empty, ApiError> {
    if !(12..=16).contains(&account.len()) || !account.bytes().all(|b| b.is_ascii_digit()) {
        let shown: String = account.chars().take(64).collect();
        return Err(ApiError::bad_request(
            "InvalidParameterException",
            format!("Account ID {shown} is not valid: 12 digits."),
        ));
    }
    let before = in_use(call).await?;
    if !before.is_management(call.account()) {
        return Err(ApiError::bad_request(
            "NotOrganizationManagementAccountException",
            "This account is not the management account of the organization.",
        ));
    }
    ready(&before)?;
    depend(&[dependency], call).await?;
    let mut after = before.clone();
    edit(&mut after).map_err(|refusal| told(&refusal))?;
    let cause = Cause { request: &call.request_id, at: call.now.unix_timestamp() };
    match call.platform.organizations.commit(&before, &after, Batch::new(), cause).await {
        Ok(()) => Ok(Empty {}),
        Err(OrganizationError::Refused(refusal)) => Err(told(&refusal)),
        Err(OrganizationError::Store(error)) if error.is_conflict() => Err(ApiError::bad_request(
            "ConflictException",
            "Another change of the organization is in progress. Try again.",
        )),
        Err(OrganizationError::Store(error)) => Err(failed(error)),
    }
}

/// A refusal of AWS Organizations under CloudTrail's names.
fn told(refusal: &Refusal) -> ApiError {
    let code = match (refusal.code, refusal.reason) {
        ("AccountAlreadyRegisteredException", _) => "AccountRegisteredException",
        ("AccountNotRegisteredException", _) => "AccountNotRegisteredException",
        ("AccountNotFoundException", _) => "AccountNotFoundException",
        (_, Some("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR")) => {
            "CannotDelegateManagementAccountException"
        }
        (_, Some("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED")) => {
            "DelegatedAdminAccountLimitExceededException"
        }
        _ => "OperationNotPermittedException",
    };
    ApiError::bad_request(code, refusal.message.clone())
}
