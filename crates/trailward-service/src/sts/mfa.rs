//! `SerialNumber` and `TokenCode`: proof that the caller has its MFA device.

use crate::call::{Call, access_denied};
use crate::identity::{MfaHolder, Verdict, verify};
use trailward_policy::Principal;
use trailward_wire::ApiError;

/// Whether the caller proved it. Neither member: it did not try. A wrong code, one that was used before, a device of
/// somebody else's: `AccessDenied`.
pub(crate) async fn proven(serial: Option<&str>, code: Option<&str>, call: &Call) -> Result<bool, ApiError> {
    let refused =
        |text: &str| access_denied(call.service.protocol, format!("MultiFactorAuthentication failed{text}"));
    let (serial, code) = match (serial, code) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => return Err(refused(", must provide both MFA serial number and one time pass code.")),
    };
    check(serial, code)?;
    let unknown = || {
        refused(
            ", unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        )
    };
    let holder = match &call.identity.caller.principal {
        _ if call.identity.is_session => return Err(unknown()),
        Principal::Root { .. } => MfaHolder::Root,
        Principal::User { user_id, .. } => MfaHolder::User(user_id.clone()),
        _ => return Err(unknown()),
    };
    match verify(&call.platform, call.account(), &holder, serial, code).await? {
        Verdict::Right => Ok(true),
        Verdict::Wrong => Err(refused(" with invalid MFA one time pass code. ")),
        Verdict::NoDevice => Err(unknown()),
    }
}

fn check(serial: &str, code: &str) -> Result<(), ApiError> {
    let invalid = |member: &str, rule: &str| {
        let text = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
        );
        Err(ApiError::bad_request("ValidationError", text))
    };
    if !(9..=256).contains(&serial.len())
        || !serial.chars().all(|c| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c))
    {
        return invalid("serialNumber", "satisfy regular expression pattern: [\\w+=/:,.@-]*");
    }
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return invalid("tokenCode", "satisfy regular expression pattern: [\\d]{6}");
    }
    Ok(())
}
