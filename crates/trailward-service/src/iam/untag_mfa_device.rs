//! `UntagMFADevice`.

use super::change::change;
use super::check::Check;
use super::mfa;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::MfaDevice;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UntagMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    serial_number: String,
    tag_keys: Vec<String>,
}

impl Operation for UntagMFADevice {
    const NAME: &'static str = "UntagMFADevice";
    const ACCESS: Access = Access::write("iam:UntagMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().serial_number(&input.serial_number).tag_keys(&input.tag_keys).done()?;
        Ok(target::with_tag_keys(
            mfa::tagged_target(&input.serial_number, call).await?,
            input.tag_keys.clone(),
        ))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        mfa::existing_device(&input.serial_number, call).await?;
        change::<MfaDevice>(mfa::name_of(&input.serial_number), call, |entity| {
            tagging::remove(entity, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}
