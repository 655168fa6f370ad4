//! `TagMFADevice`.

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
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagMFADevice;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    serial_number: String,
    tags: Vec<Tag>,
}

impl Operation for TagMFADevice {
    const NAME: &'static str = "TagMFADevice";
    const ACCESS: Access = Access::write("iam:TagMFADevice");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().serial_number(&input.serial_number).tags(&input.tags).done()?;
        Ok(target::with_request_tags(mfa::tagged_target(&input.serial_number, call).await?, &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        mfa::existing_device(&input.serial_number, call).await?;
        change::<MfaDevice>(mfa::name_of(&input.serial_number), call, |entity| {
            tagging::add(entity, &input.tags)
        })
        .await?;
        Ok(Empty {})
    }
}
