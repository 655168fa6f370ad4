//! `DeleteVirtualMFADevice`. Only one that nobody has.

use super::change::{commit, retried};
use super::check::Check;
use super::errors::delete_conflict;
use super::mfa;
use super::state::removal;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteVirtualMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    serial_number: String,
}

impl Operation for DeleteVirtualMFADevice {
    const NAME: &'static str = "DeleteVirtualMFADevice";
    const ACCESS: Access = Access::write("iam:DeleteVirtualMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().serial_number(&input.serial_number).done()?;
        Ok(mfa::target(&input.serial_number, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let serial = &input.serial_number;
        retried(|| async move {
            let read = mfa::existing_device(serial, call).await?;
            if read.value.holder.is_some() {
                return Err(delete_conflict("MFA VirtualDevice in use. Must deactivate first."));
            }
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
