//! `DeactivateMFADevice`. The device stays, and can be enabled again.

use super::change::{commit, retried};
use super::check::Check;
use super::mfa;
use super::state::replacement;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeactivateMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    serial_number: String,
}

impl Operation for DeactivateMFADevice {
    const NAME: &'static str = "DeactivateMFADevice";
    const ACCESS: Access = Access::write("iam:DeactivateMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .serial_number(&input.serial_number)
            .done()?;
        mfa::holder(input.user_name.as_deref(), call).await?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let holder = mfa::holder(input.user_name.as_deref(), call).await?;
        let who = mfa::identified(&holder, call).await?;
        let (who, serial) = (&who, &input.serial_number);
        retried(|| async move {
            let mut read = mfa::existing_device(serial, call).await?;
            if read.value.holder.as_ref().is_none_or(|(holder, _)| holder != who) {
                return Err(mfa::not_of_user());
            }
            read.value.holder = None;
            commit(replacement(call.account(), &read)?, call).await?;
            Ok(Empty {})
        })
        .await
    }
}
