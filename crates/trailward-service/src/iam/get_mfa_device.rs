//! `GetMFADevice`. Without a name: of the caller, who may be root.

use super::check::Check;
use super::mfa;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user_name: Option<String>,
    serial_number: String,
    enable_date: QueryTime,
}

impl Operation for GetMFADevice {
    const NAME: &'static str = "GetMFADevice";
    const ACCESS: Access = Access::read("iam:GetMFADevice");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .serial_number(&input.serial_number)
            .done()?;
        mfa::holder(input.user_name.as_deref(), call).await?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let holder = mfa::holder(input.user_name.as_deref(), call).await?;
        let who = mfa::identified(&holder, call).await?;
        let device = mfa::existing_device(&input.serial_number, call).await?.value;
        let (_, since) = device.holder.filter(|(holder, _)| *holder == who).ok_or_else(mfa::not_of_user)?;
        Ok(Output {
            user_name: holder.user_name(),
            serial_number: device.serial,
            enable_date: QueryTime::from_epoch(since),
        })
    }
}
