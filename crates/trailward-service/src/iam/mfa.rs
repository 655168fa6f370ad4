//! MFA devices as IAM's calls speak of them.
//!
//! DEVIATION: AWS enables root's device in its console only. Here root calls `EnableMFADevice` with the user name `root`,
//! which means root itself unless there is a user of that name.

use super::change::existing;
use super::errors::{no_such, short};
use super::keys::{Holder, root_arn};
use super::state::{User, Versioned, all};
use super::target::with_tags;
use crate::access::Target;
use crate::call::Call;
use crate::iam::state::find;
use crate::identity::{MfaDevice, MfaHolder, device};
use trailward_policy::Principal;
use trailward_wire::ApiError;

/// Devices that a user or root may have.
pub(super) const MOST: usize = 8;

/// The user that is named, or the caller; `root` as the module says.
pub(super) async fn holder(user_name: Option<&str>, call: &Call) -> Result<Holder, ApiError> {
    let is_root = matches!(call.identity.caller.principal, Principal::Root { .. });
    if is_root
        && user_name == Some("root")
        && find::<User>(&call.platform, call.account(), "root").await?.is_none()
    {
        return Ok(Holder::Root);
    }
    Holder::of(user_name, call)
}

/// Who it is in a device's words.
pub(super) async fn identified(holder: &Holder, call: &Call) -> Result<MfaHolder, ApiError> {
    match holder {
        Holder::Root => Ok(MfaHolder::Root),
        Holder::User(name) => Ok(MfaHolder::User(existing::<User>(name, call).await?.value.id)),
    }
}

/// What calls about a device touch.
pub(super) fn target(serial: &str, call: &Call) -> Target {
    let arn: String = if serial.starts_with("arn:") { short(serial) } else { root_arn(call.account()) };
    Target::new(arn, call.account()).shown_as(format!("mfa {}", short(serial)))
}

/// The same with the tags of the device.
pub(super) async fn tagged_target(serial: &str, call: &Call) -> Result<Target, ApiError> {
    let found = device(&call.platform, call.account(), serial).await?;
    let tags = found.map(|device| device.value.tags).unwrap_or_default();
    Ok(with_tags(target(serial, call), &tags))
}

/// The name of the device with that serial number.
pub(super) fn name_of(serial: &str) -> &str {
    serial.rsplit('/').next().unwrap_or(serial)
}

/// A device that must be there.
pub(super) async fn existing_device(serial: &str, call: &Call) -> Result<Versioned<MfaDevice>, ApiError> {
    device(&call.platform, call.account(), serial).await?.ok_or_else(|| no_such_device(serial))
}

/// There is no such device.
pub(super) fn no_such_device(serial: &str) -> ApiError {
    no_such(format!("VirtualMFADevice with serial number {} doesn't exist.", short(serial)))
}

/// The device is somebody else's, or nobody's.
pub(super) fn not_of_user() -> ApiError {
    no_such("MFA Device invalid for user.")
}

/// The codes are not what the device shows.
pub(super) fn invalid_code() -> ApiError {
    ApiError::new("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
}

/// The devices that somebody has, the oldest first.
pub(super) async fn devices_of(who: &MfaHolder, call: &Call) -> Result<Vec<MfaDevice>, ApiError> {
    let mut devices = all::<MfaDevice>(&call.platform, call.account()).await?;
    devices.retain(|device| device.holder.as_ref().is_some_and(|(holder, _)| holder == who));
    Ok(devices)
}
