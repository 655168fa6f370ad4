//! `ResyncMFADevice`. Two codes in a row tell how far the device's clock is off.

use super::check::Check;
use super::mfa;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::{Verdict, verify_two};
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ResyncMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    serial_number: String,
    #[serde(skip_serializing)]
    authentication_code1: String,
    #[serde(skip_serializing)]
    authentication_code2: String,
}

impl Operation for ResyncMFADevice {
    const NAME: &'static str = "ResyncMFADevice";
    const ACCESS: Access = Access::write("iam:ResyncMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .user(&input.user_name)
            .serial_number(&input.serial_number)
            .code("authenticationCode1", &input.authentication_code1)
            .code("authenticationCode2", &input.authentication_code2)
            .done()?;
        mfa::holder(Some(&input.user_name), call).await?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let holder = mfa::holder(Some(&input.user_name), call).await?;
        let who = mfa::identified(&holder, call).await?;
        let codes = (&*input.authentication_code1, &*input.authentication_code2);
        match verify_two(&call.platform, call.account(), &who, &input.serial_number, codes).await? {
            Verdict::Right => Ok(Empty {}),
            Verdict::Wrong => Err(mfa::invalid_code()),
            Verdict::NoDevice => Err(mfa::not_of_user()),
        }
    }
}
