//! `ListMFADeviceTags`, by key.

use super::check::Check;
use super::mfa;
use super::page::Asked;
use super::tagging::{self, Listed};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListMFADeviceTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

impl Operation for ListMFADeviceTags {
    const NAME: &'static str = "ListMFADeviceTags";
    const ACCESS: Access = Access::read("iam:ListMFADeviceTags");
    type Input = Input;
    type Output = Listed;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .serial_number(&input.serial_number)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        mfa::tagged_target(&input.serial_number, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Listed, ApiError> {
        let entity = mfa::existing_device(&input.serial_number, call).await?.value;
        tagging::list(entity.tags, Asked { marker: input.marker.as_deref(), max_items: input.max_items })
    }
}
